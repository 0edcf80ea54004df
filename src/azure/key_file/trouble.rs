//! What can be wrong with a certificate's file, and the way out of each.

use std::io;

use jiff::Timestamp;

use crate::error::Error;
use crate::error_code::ErrorCode;

/// What is wrong with the file. It never holds a part of it.
#[derive(Debug)]
pub enum Trouble {
    /// The system does not let us read it.
    Unreadable(io::Error),
    /// A folder.
    Folder,
    /// More bytes than are read.
    TooLarge(u64),
    /// Neither PEM nor PKCS#12.
    UnknownForm,
    /// It begins as it should and does not go on so; this is the part.
    Damaged(&'static str),
    /// More keys or parts than anybody has; this many are allowed.
    TooMany(usize),
    /// The deriving of its encryption's key costs more than we spend.
    TooCostly,
    /// Encrypted by something that we do not have.
    UnknownCipher,
    /// PEM of before PKCS#8, encrypted by a key that one MD5 made.
    OldPem,
    /// Encrypted, and no password was given.
    PasswordNeeded,
    /// The password does not open it.
    WrongPassword,
    /// Certificates alone.
    NoKey,
    /// A key alone.
    NoCertificate,
    /// Entra takes RSA keys only.
    NotRsa(&'static str),
    /// The library does not take this RSA key, and why.
    KeyRefused(String),
    /// No certificate is for the key.
    NotTogether,
    /// The certificate ended then.
    Expired(Timestamp),
}

impl Trouble {
    /// The sentences for the user.
    pub fn at(self, path: &str) -> Error {
        let error = Error::of(ErrorCode::Certificate, self.fact()).at(path);
        error.help(self.way_out(path))
    }

    fn fact(&self) -> String {
        let text = match self {
            Self::Unreadable(error) => return format!("the file cannot be read: {error}"),
            Self::Folder => "this is a folder",
            Self::TooLarge(most) => return format!("the file has more than {most} bytes"),
            Self::UnknownForm => "the file holds no certificate: it is neither PEM nor PKCS#12",
            Self::Damaged(part) => return format!("the file is damaged: {part} cannot be read"),
            Self::TooMany(most) => return format!("the file has more than {most} encrypted parts"),
            Self::TooCostly => "the file's password protection costs more time than we spend",
            Self::UnknownCipher => "the file is encrypted in a way that we do not know",
            Self::OldPem => "the key is encrypted in the old PEM form (Proc-Type: 4,ENCRYPTED)",
            Self::PasswordNeeded => "the file is encrypted, and no password is given",
            Self::WrongPassword => "the password does not open the file",
            Self::NoKey => "the file holds no private key",
            Self::NoCertificate => "the file holds a private key and no certificate",
            Self::NotRsa(kind) => {
                return format!("the private key is {kind}, and Entra takes RSA keys only");
            }
            Self::KeyRefused(why) => return format!("the private key cannot be used: {why}"),
            Self::NotTogether => "the file's certificate belongs to another private key",
            Self::Expired(at) => return format!("the certificate ended at {at}"),
        };
        text.to_owned()
    }

    fn way_out(&self, path: &str) -> String {
        const AGAIN: &str = "export the certificate with its private key again";
        let text = match self {
            Self::Unreadable(_) | Self::Folder => {
                "set `auth.certificate_path`, or the variable AZURE_CLIENT_CERTIFICATE_PATH, to a \
                 PEM or PKCS#12 file that this job can read; a container sees only what is mounted"
            }
            Self::TooLarge(_) | Self::UnknownForm => {
                "give a PEM file with certificate and private key, or a PKCS#12 file (.pfx, .p12)"
            }
            Self::Damaged(_) | Self::TooMany(_) => AGAIN,
            Self::TooCostly | Self::UnknownCipher => {
                return format!(
                    "{AGAIN}, or convert it: for PKCS#12 openssl pkcs12 -in {path} -out cert.pem \
                     (with -legacy for an old file), for PEM openssl pkcs8 -topk8 -in {path} -out \
                     key.pem"
                );
            }
            Self::OldPem => {
                return format!(
                    "convert the key: openssl pkcs8 -topk8 -in {path} -out key.pem; and add the \
                     certificate to it"
                );
            }
            Self::PasswordNeeded | Self::WrongPassword => {
                "set `auth.certificate_password`, or the variable AZURE_CLIENT_CERTIFICATE_PASSWORD, \
                 to the password that the file was exported with"
            }
            Self::NoKey => {
                "export the certificate with its private key; in PEM form both stand in one file: \
                 cat cert.pem key.pem > both.pem"
            }
            Self::NoCertificate => {
                "add the certificate; in PEM form both stand in one file: cat cert.pem key.pem > \
                 both.pem"
            }
            Self::NotRsa(_) => {
                "make a certificate with an RSA key of 2048 to 4096 bits, and upload it to the \
                 application"
            }
            Self::KeyRefused(_) => "make a certificate with an RSA key of 2048 to 4096 bits",
            Self::NotTogether => "put the key's own certificate into the file",
            Self::Expired(_) => {
                "make a new one and upload it to the application, or check this machine's clock"
            }
        };
        text.to_owned()
    }
}
