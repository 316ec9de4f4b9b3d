//! A small shop back end for the lpakit sandbox.
//!
//! It is what stands between a travel or carrier app and an SM-DP+: it sells plans, orders their profiles over ES2+
//! with a client certificate, and hears how downloads go. An app sees an order's ID, its activation code and its
//! status, and never an ICCID.
//!
//! ```text
//! GET  /plans         {"plans":[{"id","name","operator","price"}]}
//! POST /orders        {"plan","requestId"?,"eid"?} → 201 {"orderId","plan","status","activationCode"}
//! GET  /orders/ID     {"orderId","plan","status","activationCode"}
//! ```
//! With `eid` the profile is for that eUICC alone and waits for it at the SM-DS; `activationCode` is null then, for
//! none is needed. The same `requestId` again buys nothing more: it is answered with the same order, so that an app
//! whose connection broke can ask again. Statuses: `ready`, `downloading`, `installed`, `cancelled`, `failed`.
//! Errors: `{"error": "…"}` with 400 `bad-request`, 404 `unknown-plan`, `unknown-order` or `not-found`, 405
//! `method-not-allowed`, 409 `sold-out` or `request-id-in-use`, 502 `unavailable`, 500 `internal`.

#![forbid(unsafe_code)]

mod api;
mod config;
mod operator;
mod progress;
mod purchase;
mod shop;
mod store;

pub use config::{Plan, ShopConfig, ShopError};
pub use purchase::{Purchase, Status};
pub use shop::{PROGRESS_PATH, Shop};
