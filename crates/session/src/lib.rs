//! Decides whether a session is alive, for whom, for how long, who took part, and what ending it entails.
