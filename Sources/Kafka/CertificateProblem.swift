// SPDX-License-Identifier: Apache-2.0

/// What OpenSSL's codes say of a certificate (`X509_V_ERR_…` in its `x509_vfy.h`).
enum CertificateProblem {
    static func text(_ code: Int32) -> String {
        switch code {
        case 9: "the broker's certificate is not yet valid"
        case 10: "the broker's certificate has expired"
        case 18, 19, 20, 21: "the broker's certificate is signed by an authority that is not trusted here"
        case 23: "the broker's certificate was revoked"
        case 62: "the broker's certificate is for another host name"
        case 64: "the broker's certificate is for another host name than this IP address"
        default: "the broker's certificate was refused with OpenSSL's code \(code)"
        }
    }
}
