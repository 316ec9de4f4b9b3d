//! What can be said on the command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgGroup, Parser, Subcommand};
use lpakit::messages::Language;
use lpakit::rsp::identifiers::{Aid, Eid, Iccid, Imei, Tac};
use lpakit::rsp::profiles::ProfileId;
use lpakit_sandbox::smdp::metadata::{CarrierApp, Owner};
use lpakit_sandbox::smdp::profile_package::Imsi;

/// Exit status of wrong usage.
const USAGE: u8 = 2;

/// An eSIM Local Profile Assistant (GSMA SGP.22), and a sandbox to try it on.
#[derive(Debug, Parser)]
#[command(name = "lpakit", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// The card to work with: `sandbox:DIR`; `pcsc`, the first PC/SC reader with an eUICC, or `pcsc:READER` by its
    /// name or a part of it (in builds with the feature pcsc); or `stdio` for a card program that speaks lpac's JSON
    /// lines on standard input and output
    #[arg(long, global = true, value_name = "CARD", value_parser = card)]
    pub(crate) card: Option<Card>,
    /// Trusts a test CI: a certificate in PEM or DER. A sandbox card's own CI is trusted anyway
    #[arg(long, global = true, value_name = "CERT")]
    pub(crate) trust: Vec<PathBuf>,
    /// Sends a host name to a socket, as curl's --connect-to does; only with --trust
    #[arg(long, global = true, value_name = "NAME=ADDR:PORT", value_parser = connection)]
    pub(crate) connect: Vec<(String, SocketAddr)>,
    /// Prints one JSON object per line, progress included; the last one is the outcome. Nothing is asked
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Looks for the eUICC under this AID of its ISD-R only, for a card with several eUICCs or of an unknown
    /// manufacturer
    #[arg(long, global = true, value_name = "AID", value_parser = aid)]
    pub(crate) isdr: Option<Aid>,
    /// Says what went wrong in this language: en, zh-Hans, zh-Hant, ja, es, de or fr
    #[arg(long, global = true, value_name = "LANGUAGE", default_value = "en", value_parser = language)]
    pub(crate) language: Language,
    /// Counts APDUs, bytes, HTTP requests and TLS handshakes, and the time in each
    #[arg(long, global = true)]
    pub(crate) stats: bool,
}

/// Which card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Card {
    Sandbox(PathBuf),
    /// In the reader of this name, or the first eUICC.
    Pcsc(Option<String>),
    Stdio,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the whole story on a temporary sandbox: order, QR code, offer, download, turning on
    Demo(Demo),
    /// Shows what the eUICC is: EID, versions, memory, issuers, rules
    Chip {
        /// Only what an operator asks for: the EID in groups and, with --imei, the IMEI; and the EID as a QR code
        #[arg(long)]
        share: bool,
        /// The device's IMEI, for --share
        #[arg(long, value_name = "IMEI", value_parser = imei, requires = "share")]
        imei: Option<Imei>,
    },
    /// Lists the eUICCs on the card; a few cards have more than one
    Euiccs,
    /// Asks the SM-DSs that the card names whether plans wait for it
    Discover,
    /// Lists the profiles on the card
    Profiles {
        /// Shows all of one, by its ICCID or the AID of its ISD-P
        #[arg(value_parser = profile_id)]
        id: Option<ProfileId>,
    },
    /// Turns a profile on
    Enable {
        /// ICCID, or AID of the ISD-P
        #[arg(value_parser = profile_id)]
        id: ProfileId,
    },
    /// Turns a profile off
    Disable {
        /// ICCID, or AID of the ISD-P
        #[arg(value_parser = profile_id)]
        id: ProfileId,
    },
    /// Deletes a profile for good, after asking
    Delete {
        /// ICCID, or AID of the ISD-P
        #[arg(value_parser = profile_id)]
        id: ProfileId,
        /// Does not ask
        #[arg(long)]
        yes: bool,
    },
    /// Gives a profile a name; an empty one removes it
    Rename {
        /// ICCID, or AID of the ISD-P
        #[arg(value_parser = profile_id)]
        id: ProfileId,
        /// At most 64 bytes
        name: String,
    },
    /// Downloads and installs a profile
    Download(Download),
    /// Notifications that wait on the card for their operators
    #[command(subcommand)]
    Notifications(Notifications),
    /// Sets the SM-DP+ that `download --default` asks; an empty one clears it
    SetDefaultAddress {
        /// Host name
        address: String,
    },
    /// Erases what is on the card for good, after asking: everything, or only what is named
    Reset(Reset),
    /// Lists the PC/SC readers and what is in them (in builds with the feature pcsc)
    Readers,
    /// A software card and SM-DP+ in a folder
    #[command(subcommand)]
    Sandbox(Sandbox),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Reset {
    /// The operators' profiles, whatever their rules
    #[arg(long)]
    pub(crate) profiles: bool,
    /// Test profiles that were downloaded
    #[arg(long)]
    pub(crate) test_profiles: bool,
    /// The default SM-DP+ address
    #[arg(long)]
    pub(crate) default_address: bool,
    /// Does not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Creates the sandbox in this folder and keeps it
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("source").required(true).args(["code", "qr", "default", "discover"])))]
pub(crate) struct Download {
    /// Activation code: `LPA:1$…` or `1$…`, in quotes
    pub(crate) code: Option<String>,
    /// Reads the activation code from a picture, PNG or JPEG
    #[arg(long, value_name = "IMAGE")]
    pub(crate) qr: Option<PathBuf>,
    /// Asks the card's default SM-DP+ for a profile that is meant for this card
    #[arg(long)]
    pub(crate) default: bool,
    /// Asks the SM-DSs that the card names for a plan that waits for this card
    #[arg(long)]
    pub(crate) discover: bool,
    /// Which one, when several wait: as `discover` numbers them
    #[arg(long, value_name = "NUMBER", requires = "discover")]
    pub(crate) event: Option<usize>,
    /// The operator's confirmation code; `-` reads it from standard input
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    pub(crate) confirmation_code: Option<String>,
    /// Tells the operator this IMEI; it is told none otherwise
    #[arg(long, value_name = "IMEI", value_parser = imei)]
    pub(crate) imei: Option<Imei>,
    /// The device's model: the first eight digits of its IMEI. Zeros, an unknown model, when neither is given
    #[arg(long, value_name = "TAC", conflicts_with = "imei", value_parser = tac)]
    pub(crate) tac: Option<Tac>,
    /// Accepts the offer and the rules of its profile without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Turns the profile on afterwards
    #[arg(long)]
    pub(crate) enable: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Notifications {
    /// Lists them
    List,
    /// Sends them, and removes those that were delivered
    Send,
    /// Removes one without sending it; its operator will never receive it
    Remove {
        /// Its number on the card
        seq: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sandbox {
    /// Creates a card, a CI, an EUM and an SM-DP+, each with its own keys
    New {
        /// A new or empty folder
        dir: PathBuf,
        /// Takes certificates and keys from this folder, named as in SGP.26
        #[arg(long, value_name = "DIR")]
        pki: Option<PathBuf>,
        /// The SM-DP+'s host name
        #[arg(long, default_value = lpakit_sandbox::DEFAULT_NAME)]
        name: String,
        /// What activation codes call the SM-DP+ when that is not its name: `localhost:8443`
        #[arg(long, value_name = "ADDR")]
        address: Option<String>,
    },
    /// Serves the SM-DP+ over TLS until Ctrl-C
    Serve {
        /// The sandbox
        dir: PathBuf,
        /// Where to listen; with port 0 the system chooses
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
        listen: SocketAddr,
        /// What activation codes call the SM-DP+ meanwhile: `localhost:8443`, or `localhost:0` for the real port
        #[arg(long, value_name = "ADDR")]
        address: Option<String>,
    },
    /// Orders a profile and prints its activation code and QR code
    Order(Box<Order>),
    /// Lets other programs use the card: by lpac's JSON lines on standard input and output or on TCP, or as a
    /// card in a virtual PC/SC reader
    Card {
        /// The sandbox
        dir: PathBuf,
        /// Waits for TCP clients here, one after the other
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Puts the card into the virtual reader of vsmartcard's vpcd, which listens there
        #[arg(long, value_name = "HOST:PORT", conflicts_with = "listen", value_parser = host_port)]
        vpcd: Option<String>,
    },
    /// Certificates and keys, named as in SGP.26
    #[command(subcommand)]
    Pki(Pki),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Order {
    /// The sandbox
    pub(crate) dir: PathBuf,
    /// The plan's name
    #[arg(long, default_value = lpakit_sandbox::SAMPLE_PLAN)]
    pub(crate) name: String,
    /// The operator's name
    #[arg(long, default_value = lpakit_sandbox::SAMPLE_OPERATOR)]
    pub(crate) operator: String,
    /// The operator's picture: PNG or JPEG, at most 1024 bytes
    #[arg(long, value_name = "IMAGE")]
    pub(crate) icon: Option<PathBuf>,
    /// Profile policy rules: 1 cannot be disabled, 2 cannot be deleted
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = ["1", "2"])]
    pub(crate) ppr: Vec<String>,
    /// The network that owns the profile, as MCC-MNC
    #[arg(long, value_name = "MCC-MNC", value_parser = owner)]
    pub(crate) owner: Option<Owner>,
    /// An app that the operator trusts: SHA-1 or SHA-256 of its certificate, and its package name if wanted
    #[arg(long, value_name = "HASH[:PACKAGE]", value_parser = CarrierApp::parse)]
    pub(crate) app: Vec<CarrierApp>,
    /// Asks for this confirmation code
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    pub(crate) confirmation_code: Option<String>,
    /// The subscriber
    #[arg(long, value_parser = imsi)]
    pub(crate) imsi: Option<Imsi>,
    /// Only for the card with this EID; `own` is the sandbox's own card
    #[arg(long, value_parser = whose)]
    pub(crate) eid: Option<Whose>,
    /// Registers an event at this SM-DS, the sandbox's own when none is named: the card finds it with `discover`
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = lpakit_sandbox::DS_NAME)]
    #[arg(requires = "eid", conflicts_with = "default")]
    pub(crate) smds: Option<String>,
    /// No activation code: the card finds the profile by its EID, with `download --default`
    #[arg(long, requires = "eid")]
    pub(crate) default: bool,
    /// A profile package of your own, in DER
    #[arg(long, value_name = "FILE", conflicts_with = "imsi")]
    pub(crate) profile: Option<PathBuf>,
    /// Writes the QR code into a PNG file
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

/// Whose card an order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Own,
    Of(Eid),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Pki {
    /// Writes certificates and keys into a folder
    Export {
        /// The sandbox
        dir: PathBuf,
        /// The folder
        folder: PathBuf,
    },
    /// Takes certificates and keys from a folder; the card, which must be empty, becomes another one
    Import {
        /// The sandbox
        dir: PathBuf,
        /// The folder
        folder: PathBuf,
    },
}

/// Reads the command line. What is wrong with it has been told when an exit status comes back.
pub(crate) fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Args, ExitCode> {
    let args = Args::try_parse_from(line).map_err(tell)?;
    check(&args).map_err(|fault| usage(&fault))?;
    Ok(args)
}

/// What clap cannot check by itself, because options may stand before and after the command.
fn check(args: &Args) -> Result<(), String> {
    if !args.global.connect.is_empty() && args.global.trust.is_empty() {
        return Err("--connect is for test servers: it needs --trust".to_owned());
    }
    let needs_card =
        !matches!(args.command, Command::Demo(_) | Command::Readers | Command::Sandbox(_));
    match (needs_card, &args.global.card) {
        (true, None) => {
            return Err("which card? --card sandbox:DIR, --card pcsc or --card stdio".to_owned());
        }
        (false, Some(_)) => return Err("this command has no use for --card".to_owned()),
        _ => {}
    }
    let from_stdin = matches!(&args.command, Command::Download(download)
        if download.confirmation_code.as_deref() == Some("-"));
    if from_stdin && args.global.card == Some(Card::Stdio) {
        return Err("with --card stdio there is no standard input for the code".to_owned());
    }
    Ok(())
}

/// Tells wrong usage.
pub(crate) fn usage(fault: &str) -> ExitCode {
    eprintln!("error: {fault}\n\nFor more information, try '--help'.");
    ExitCode::from(USAGE)
}

/// Help and versions are no errors. What was typed is not repeated unless it is an option's name: a value, or an
/// argument in the wrong place, may be a secret.
fn tell(error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    match (error.kind(), std::error::Error::source(&error)) {
        (ErrorKind::ValueValidation, Some(fault)) => usage(&format!("{argument}: {fault}")),
        (ErrorKind::InvalidSubcommand, _) => usage("there is no such command"),
        (ErrorKind::UnknownArgument, _) if !argument.starts_with('-') => {
            usage("there is an argument too many; codes and names with blanks belong in quotes")
        }
        _ => {
            let _ = error.print();
            ExitCode::from(USAGE)
        }
    }
}

fn card(text: &str) -> Result<Card, String> {
    match text.split_once(':') {
        Some(("sandbox", folder)) if !folder.is_empty() => Ok(Card::Sandbox(folder.into())),
        Some(("pcsc", reader)) if !reader.is_empty() => Ok(Card::Pcsc(Some(reader.to_owned()))),
        None if text == "pcsc" => Ok(Card::Pcsc(None)),
        None if text == "stdio" => Ok(Card::Stdio),
        _ => Err("sandbox:DIR, pcsc, pcsc:READER or stdio".to_owned()),
    }
}

fn host_port(text: &str) -> Result<String, &'static str> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(text.to_owned())
        }
        _ => Err("HOST:PORT, as localhost:35963"),
    }
}

fn connection(text: &str) -> Result<(String, SocketAddr), String> {
    let fault = || "NAME=ADDR:PORT, ADDR being a number such as 127.0.0.1".to_owned();
    let (name, socket) = text.split_once('=').ok_or_else(fault)?;
    let socket = socket.parse().map_err(|_| fault())?;
    if name.is_empty() { Err(fault()) } else { Ok((name.to_owned(), socket)) }
}

fn profile_id(text: &str) -> Result<ProfileId, &'static str> {
    if let Ok(iccid) = Iccid::from_digits(text) {
        return Ok(ProfileId::Iccid(iccid));
    }
    Aid::from_hex(text).map(ProfileId::Aid).map_err(|_| "an ICCID, or the AID of an ISD-P")
}

fn aid(text: &str) -> Result<Aid, &'static str> {
    Aid::from_hex(text).map_err(|_| "an AID is 5 to 16 bytes in hexadecimal")
}

fn language(tag: &str) -> Result<Language, &'static str> {
    Language::of_locale(tag).ok_or("en, zh-Hans, zh-Hant, ja, es, de or fr")
}

fn imei(digits: &str) -> Result<Imei, &'static str> {
    Imei::from_digits(digits).map_err(|_| "an IMEI has 15 digits")
}

fn tac(digits: &str) -> Result<Tac, &'static str> {
    Tac::from_digits(digits).map_err(|_| "a type allocation code has 8 digits")
}

fn whose(text: &str) -> Result<Whose, &'static str> {
    if text == "own" {
        return Ok(Whose::Own);
    }
    let eid = Eid::from_digits(text).map(Whose::Of);
    eid.map_err(|_| "'own', or an EID: 32 digits, the last two of which are check digits")
}

fn imsi(digits: &str) -> Result<Imsi, &'static str> {
    Imsi::from_digits(digits).map_err(|_| "an IMSI has 6 to 15 digits")
}

fn owner(text: &str) -> Result<Owner, &'static str> {
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    match text.split_once('-') {
        Some((mcc, mnc))
            if mcc.len() == 3 && matches!(mnc.len(), 2 | 3) && digits(mcc) && digits(mnc) =>
        {
            Ok(Owner { mcc: mcc.to_owned(), mnc: mnc.to_owned(), gid1: None, gid2: None })
        }
        _ => Err("three digits of country and two or three of network, as 001-01"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_and_after_the_command() {
        let words = "lpakit --trust ci.pem download --default --card sandbox:x --connect a=[::1]:4";
        let args = Args::try_parse_from(words.split(' ')).unwrap();
        assert_eq!(args.global.card, Some(Card::Sandbox("x".into())));
        assert_eq!(args.global.connect, [("a".to_owned(), "[::1]:4".parse().unwrap())]);
        assert_eq!(check(&args), Ok(()));
    }
}
