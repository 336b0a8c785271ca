//! The token endpoint: what is asked, by whom, and the answer.

mod request;
mod response;

pub use request::{GrantRequest, TokenRequest};
pub use response::{
    IssuedAccessToken, IssuedToken, NumberForm, TokenResponse, client_info, error_body, error_status, profile_info,
};
