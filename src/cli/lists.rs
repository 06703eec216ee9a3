//! `procsteal schedulers` and `procsteal strategies`: what there is.

use super::{Context, Outcome, output::Document};
use crate::explore::STRATEGIES;
use procsteal_reference::VARIANTS;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;

#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    about: &'a str,
}

fn print(context: &mut Context, document: Document, items: &[Item<'_>]) -> anyhow::Result<Outcome> {
    if context.output.is_json() {
        context.output.json(document, &BTreeMap::from([(document, items)]))?;
        return Ok(Outcome::Clean);
    }
    let width = items.iter().map(|item| item.name.len()).max().unwrap_or_default();
    for Item { name, about } in items {
        writeln!(context.output, "{name:width$}  {about}")?;
    }
    Ok(Outcome::Clean)
}

pub(super) fn schedulers(context: &mut Context) -> anyhow::Result<Outcome> {
    let items: Vec<Item<'_>> =
        VARIANTS.iter().map(|variant| Item { name: variant.name, about: variant.about }).collect();
    print(context, Document::Schedulers, &items)
}

pub(super) fn strategies(context: &mut Context) -> anyhow::Result<Outcome> {
    let items: Vec<Item<'_>> =
        STRATEGIES.iter().map(|(kind, about)| Item { name: kind.name(), about }).collect();
    print(context, Document::Strategies, &items)
}
