//! Journeys as drawings: well-formed, with everything in them, and nobody's text as markup.

use zaguan_policy::{
    EffectivePolicy,
    graph::Graph,
    id::{JourneyId, PolicyId},
    load,
};

use crate::{seeing::all_sets, support::policy};

fn demo(id: &str) -> &'static EffectivePolicy {
    let (_, demo, _) = &all_sets()[0];
    demo.set.get(&PolicyId::new(id)).unwrap()
}

#[test]
fn the_demos_sign_in_as_mermaid() {
    insta::assert_snapshot!(Graph::of_relying_party(demo("B2C_1A_signup_signin")).unwrap().to_mermaid());
}

#[test]
fn the_demos_refresh_as_svg() {
    let journey = JourneyId::new("RedeemRefreshToken");
    insta::assert_snapshot!(Graph::of(demo("B2C_1A_signup_signin"), &journey).unwrap().to_svg());
}

/// The texts of an SVG, by the height of their line; and the boxes.
fn texts(svg: &str) -> (Vec<(u32, u32, String)>, u32) {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let number = |node: &roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse::<u32>().unwrap();
    let texts = document.descendants().filter(|it| it.has_tag_name(("http://www.w3.org/2000/svg", "text")));
    let texts = texts.map(|it| (number(&it, "y"), number(&it, "x"), it.text().unwrap_or("").to_owned())).collect();
    let names: Vec<&str> =
        document.descendants().filter(roxmltree::Node::is_element).map(|it| it.tag_name().name()).collect();
    assert!(!names.contains(&"script") && names.contains(&"title") && names.contains(&"desc"));
    (texts, number(&document.root_element(), "height"))
}

/// In either column, each line below the one before.
fn have_room(texts: &[(u32, u32, String)]) -> bool {
    [0..648, 648..1000].into_iter().all(|column| {
        let heights: Vec<u32> = texts.iter().filter(|it| column.contains(&it.1)).map(|it| it.0).collect();
        heights.windows(2).all(|two| two[1] >= two[0] + 14)
    })
}

#[test]
fn conditions_that_need_more_room_than_their_step_get_it() {
    let conditions: String = (0..12)
        .map(|at| format!(r#"<Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>claim{at}</Value><Action>SkipThisOrchestrationStep</Action></Precondition>"#))
        .collect();
    let steps: String = (1..4)
        .map(|order| format!(r#"<OrchestrationStep Order="{order}" Type="Noop"><Preconditions>{conditions}</Preconditions></OrchestrationStep>"#))
        .collect();
    let content = format!(
        r#"<UserJourneys><UserJourney Id="J"><OrchestrationSteps>{steps}</OrchestrationSteps></UserJourney></UserJourneys>"#
    );
    let loaded = load(&[policy("P", None, &content)], &[]);
    let policy = loaded.set.get(&"P".into()).unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let (mut texts, height) = texts(&Graph::of(policy, &"J".into()).unwrap().to_svg());
    texts.sort();
    assert!(have_room(&texts), "{texts:?}");
    assert!(texts.iter().all(|(y, ..)| *y < height));
    assert_eq!(texts.iter().filter(|(.., text)| text.contains("claim11 is there")).count(), 3);
}

#[test]
fn every_journey_can_be_drawn_without_texts_over_each_other() {
    let mut seen = 0;
    for (name, loaded, _) in all_sets() {
        for policy in loaded.set.relying_parties() {
            for journey in policy.journeys.values() {
                let graph = Graph::of(policy, &journey.id).unwrap();
                let (mut texts, height) = texts(&graph.to_svg());
                texts.sort();
                for (y, x, text) in &texts {
                    // The first column ends where the second begins; a letter takes eight.
                    let end = x + 8 * u32::try_from(text.chars().count()).unwrap();
                    let limit = if *x < 648 { 648 } else { 992 };
                    assert!(end <= limit || *y < 70, "{name} {}: {text}", journey.id);
                    assert!(*y < height, "{name} {}: {text}", journey.id);
                }
                assert!(have_room(&texts), "{name} {}", journey.id);
                for step in &journey.steps {
                    let number = format!("{}  ", step.order);
                    assert!(
                        texts.iter().any(|(_, _, text)| text.starts_with(&number)),
                        "{name} {}: {number}",
                        journey.id
                    );
                }
                let mermaid = graph.to_mermaid();
                assert_eq!(
                    mermaid.matches("subgraph").count(),
                    mermaid.lines().filter(|line| *line == "  end").count()
                );
                seen += 1;
            }
        }
    }
    assert!(seen >= 12, "only {seen} journeys were drawn");
}

#[test]
fn what_an_author_writes_is_no_markup() {
    let evil = "&quot;]--&gt;&lt;script&gt;`&amp;#x;%%";
    let content = format!(
        r#"<ClaimsProviders><ClaimsProvider><TechnicalProfiles>
<TechnicalProfile Id="P{evil}"><Protocol Name="None"/></TechnicalProfile>
<TechnicalProfile Id="Issuer"><Protocol Name="None"/><OutputTokenFormat>JWT</OutputTokenFormat></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="J{evil}"><OrchestrationSteps>
<OrchestrationStep Order="1" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimEquals" ExecuteActionsIf="true"><Value>c</Value><Value>{evil}</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="E" TechnicalProfileReferenceId="P{evil}"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>
</OrchestrationSteps></UserJourney></UserJourneys>"#
    );
    let loaded = load(&[policy("P", None, &content)], &[]);
    let policy = loaded.set.get(&"P".into()).unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let graph = Graph::of(policy, policy.journeys.keys().next().unwrap()).unwrap();
    let (texts, _) = texts(&graph.to_svg());
    assert!(texts.iter().any(|(_, _, text)| text.starts_with("P\"]--><script>`&#x;%%")), "{texts:?}");
    let mermaid = graph.to_mermaid();
    let inside: String = mermaid.split('"').skip(1).step_by(2).collect();
    assert!(!inside.replace("<br/>", "").contains(['<', '>', '`', '&', '%']), "{mermaid}");
    assert_eq!(mermaid.matches('"').count() % 2, 0);
}
