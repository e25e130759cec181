//! TLS: one configuration a process.

use super::net::Error;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Makes connections of TLS 1.2 and 1.3 that trust `roots` (PEM), or else what this system trusts.
///
/// Sessions are not resumed: every connection makes a whole handshake, as that of a user who is new
/// does, and users share nothing.
pub(super) fn connector(roots: Option<&[u8]>) -> Result<TlsConnector, Error> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| Error::Roots(error.to_string()))?;
                store.add(certificate).map_err(|error| Error::Roots(error.to_string()))?;
            }
        }
        None => {
            // One certificate that cannot be read is the system's affair as long as others can.
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
        }
    }
    if store.is_empty() {
        return Err(Error::Roots("there is no certificate in it".into()));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .expect("the provider speaks both versions of TLS");
    let mut config = builder.with_root_certificates(store).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_that_hold_no_certificate_are_refused_before_the_run() {
        let refused = connector(Some(b"no certificate")).err().unwrap().to_string();
        assert!(refused.contains("`load.roots`"), "{refused}");
    }
}
