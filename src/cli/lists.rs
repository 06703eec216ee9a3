//! `procsteal schedulers` and `procsteal strategies`: what there is.

use super::{Context, Outcome};
use crate::explore::STRATEGIES;
use procsteal_reference::VARIANTS;
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    about: &'a str,
}

fn print(items: &[Item<'_>], context: &mut Context) -> anyhow::Result<()> {
    let width = items.iter().map(|item| item.name.len()).max().unwrap_or_default();
    for Item { name, about } in items {
        writeln!(context.output, "{name:width$}  {about}")?;
    }
    Ok(())
}

pub(super) fn schedulers(context: &mut Context) -> anyhow::Result<Outcome> {
    let items: Vec<Item<'_>> =
        VARIANTS.iter().map(|variant| Item { name: variant.name, about: variant.about }).collect();
    if context.output.is_json() {
        context.output.json("schedulers", &serde_json::json!({ "schedulers": items }))?;
    } else {
        print(&items, context)?;
    }
    Ok(Outcome::Clean)
}

pub(super) fn strategies(context: &mut Context) -> anyhow::Result<Outcome> {
    let items: Vec<Item<'_>> =
        STRATEGIES.iter().map(|(kind, about)| Item { name: kind.name(), about }).collect();
    if context.output.is_json() {
        context.output.json("strategies", &serde_json::json!({ "strategies": items }))?;
    } else {
        print(&items, context)?;
    }
    Ok(Outcome::Clean)
}
