import Foundation
import LPAKit

extension ActivationCode {
    /// The link that opens the phone's eSIM settings with this code, from iOS 17.4 or 17.5 on: sources differ, and Apple
    /// names no version. It holds the code: not for logs.
    ///
    /// A web view does not follow it; it is for `UIApplication.open`, or a person's tap in a browser.
    public var setupLink: URL? {
        var parts = URLComponents()
        parts.scheme = "https"
        parts.host = "esimsetup.apple.com"
        parts.path = "/esim_qrcode_provisioning"
        parts.queryItems = [URLQueryItem(name: "carddata", value: qrText)]
        // A plus would be read as a blank.
        parts.percentEncodedQuery = parts.percentEncodedQuery?.replacingOccurrences(of: "+", with: "%2B")
        return parts.url
    }
}
