//! `docs/errors.md`, made of the catalogue; the example writes it, a test compares it.

use lpakit_messages::{
    Advice, Entry, Language, PlanState, advice_sentence, entries, plan_sentence, render,
};

const HEAD: &str = "\
# Errors
<!-- Made by `cargo run -p lpakit-messages --example errors_md > docs/errors.md`. Do not edit. -->

Every error has a *key*, a stable name for programs. A key never changes its meaning; new keys may come. The texts are
in `core/messages/texts`, one file a language. Plan and advice are the usual ones; an error says its own.

The key of a server's refusal holds the server's own numbers, `server.refused.SUBJECT/REASON`. In the table `*` stands
for any number and `other` for every reason without a row; a pair without a row is read by the next wider subject, and
its text shows the numbers.
";

/// The whole document.
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    sentences(&mut text);
    let mut room = "";
    for entry in entries() {
        if entry.room != room {
            room = entry.room;
            text.push_str(&format!(
                "\n## {room}\n| key | what it says | kind | plan | advice | when |\n|---|---|---|---|---|---|\n"
            ));
        }
        text.push_str(&row(&entry));
    }
    text
}

fn row(entry: &Entry) -> String {
    let Entry { key, meaning, cause, .. } = entry;
    format!(
        "| `{key}` | {} | {} | {} | {} | {} |\n",
        cell(&english(key)),
        meaning.kind.name(),
        meaning.plan.name(),
        meaning.advice.name(),
        cell(cause),
    )
}

/// The text as it is shown, with the names of its values in place of the values.
fn english(key: &str) -> String {
    let values = ["code", "status"].map(|name| (name, name.to_uppercase()));
    render(key, &values, Language::English).replace(['\u{2068}', '\u{2069}'], "")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn sentences(text: &mut String) {
    text.push_str("\n## What it means for the plan\n| plan | what it says |\n|---|---|\n");
    for plan in PlanState::ALL {
        let says = plan_sentence(*plan, Language::English);
        text.push_str(&format!("| {} | {says} |\n", plan.name()));
    }
    text.push_str("\n## What to do now\n| advice | what it says |\n|---|---|\n");
    for advice in Advice::ALL {
        let says = advice_sentence(*advice, Language::English);
        text.push_str(&format!("| {} | {says} |\n", advice.name()));
    }
}
