import Foundation

/// What the device can do, each the newest release of its standard as `major.minor.revision` (SGP.22, 4.2).
public struct DeviceCapabilities: Hashable, Sendable {
    /// GSM.
    public var gsm: String?
    /// UTRAN.
    public var utran: String?
    /// E-UTRAN with EPC.
    public var eutranEPC: String?
    /// E-UTRAN with 5GC.
    public var eutran5GC: String?
    /// NR with EPC.
    public var nrEPC: String?
    /// NR with 5GC.
    public var nr5GC: String?
    /// Contactless.
    public var contactless: String?
    /// CRL support of the LPA.
    public var rspCRL: String?

    /// Capabilities; what is left out is not claimed.
    public init(
        gsm: String? = nil, utran: String? = nil, eutranEPC: String? = nil, eutran5GC: String? = nil,
        nrEPC: String? = nil, nr5GC: String? = nil, contactless: String? = nil, rspCRL: String? = nil
    ) {
        self.gsm = gsm
        self.utran = utran
        self.eutranEPC = eutranEPC
        self.eutran5GC = eutran5GC
        self.nrEPC = nrEPC
        self.nr5GC = nr5GC
        self.contactless = contactless
        self.rspCRL = rspCRL
    }
}

/// What eUICC and server learn of the device (SGP.22, 4.2 DeviceInfo).
public struct DeviceInfo: Hashable, Sendable {
    /// The model's type allocation code, eight digits. lpakit borrows nobody's: without one it says zeros.
    public var tac: String?
    /// The very device, only if the app wants it told.
    public var imei: IMEI?
    /// What it can do.
    public var capabilities: DeviceCapabilities

    /// What is to be told of the device; nothing unless given.
    public init(tac: String? = nil, imei: IMEI? = nil, capabilities: DeviceCapabilities = DeviceCapabilities()) {
        self.tac = tac
        self.imei = imei
        self.capabilities = capabilities
    }
}

/// A host name that is sent to a socket of its own, for tests and laboratories.
public struct ConnectTo: Hashable, Sendable {
    /// The host's name.
    public var host: String
    /// `address:port`.
    public var socket: String

    /// Sends `host` to `socket`.
    public init(host: String, socket: String) {
        self.host = host
        self.socket = socket
    }
}

/// Settings of an LPA. Every one has a default.
public struct LPAOptions: Hashable, Sendable {
    /// What the device tells about itself.
    public var device = DeviceInfo()
    /// AIDs of the ISD-R to look for, in hexadecimal, in order; none for all that are known.
    public var isdrAIDs: [String] = []
    /// What an earlier run learned of this card (``LPA/hints()``).
    public var hints: String?
    /// What an earlier run remembered of deliveries (``LPA/deliveryMemory()``).
    public var deliveryMemory: String?
    /// When to give up connecting to a server, TLS handshake included.
    public var connectLimit: Duration = .seconds(15)
    /// When to give up waiting for a server's answer.
    public var answerLimit: Duration = .seconds(30)
    /// When to give up waiting for a package.
    public var packageLimit: Duration = .seconds(120)
    /// When to give up a card whose port does not come back from a call: `card.stuck`, for good.
    public var cardLimit: Duration = .seconds(120)
    /// A proxy for all requests, with scheme `http` or `https`.
    public var proxy: URL?
    /// Certificates of test issuers, DER or PEM. Only for tests: with one, servers' addresses may have ports.
    public var testIssuers: [Data] = []
    /// Host names with sockets of their own. Only with a test issuer.
    public var connectTo: [ConnectTo] = []
    /// Whether pending notifications are sent in the background, again and again until they arrive.
    public var deliverAutomatically = true

    /// The defaults.
    public init() {}
}
