package io.github.lpakit

import java.time.Duration

/** What the device can do, each the newest release of its standard as `major.minor.revision` (SGP.22, 4.2). */
public data class DeviceCapabilities @JvmOverloads constructor(
    /** GSM. */
    public val gsm: String? = null,
    /** UTRAN. */
    public val utran: String? = null,
    /** E-UTRAN with EPC. */
    public val eutranEpc: String? = null,
    /** E-UTRAN with 5GC. */
    public val eutran5gc: String? = null,
    /** NR with EPC. */
    public val nrEpc: String? = null,
    /** NR with 5GC. */
    public val nr5gc: String? = null,
    /** Contactless. */
    public val contactless: String? = null,
    /** CRL support of the LPA. */
    public val rspCrl: String? = null,
)

/** What eUICC and server learn of the device (SGP.22, 4.2 DeviceInfo). */
public data class DeviceInfo @JvmOverloads constructor(
    /** The model's type allocation code, eight digits. lpakit borrows nobody's: without one it says zeros. */
    public val tac: String? = null,
    /** The very device, only if the app wants it told. */
    public val imei: Imei? = null,
    /** What it can do. */
    public val capabilities: DeviceCapabilities = DeviceCapabilities(),
)

/** Settings of an LPA. Every one has a default; in Java, [LpaOptions.Builder] sets those that differ. */
public class LpaOptions(
    /** What the device tells about itself. */
    public val device: DeviceInfo = DeviceInfo(),
    /** AIDs of the ISD-R to look for, in hexadecimal, in order; none for all that are known. */
    public val isdrAids: List<String> = emptyList(),
    /** What an earlier run learned of this card ([Lpa.hints]). */
    public val hints: String? = null,
    /** What an earlier run remembered of deliveries ([Lpa.deliveryMemory]). */
    public val deliveryMemory: String? = null,
    /** When to give up connecting to a server, TLS handshake included; 1 s to 1 h, as all limits. */
    public val connectLimit: Duration = Duration.ofSeconds(15),
    /** When to give up waiting for a server's answer. */
    public val answerLimit: Duration = Duration.ofSeconds(30),
    /** When to give up waiting for a package. */
    public val packageLimit: Duration = Duration.ofSeconds(120),
    /** When to give up a card whose port does not come back from a call: `card.stuck`, for good. */
    public val cardLimit: Duration = Duration.ofSeconds(120),
    /** A proxy for all requests, as a URL with scheme `http` or `https`. */
    public val proxy: String? = null,
    /** Certificates of test issuers, DER or PEM. Only for tests: with one, servers' addresses may have ports. */
    public val testIssuers: List<ByteArray> = emptyList(),
    /** Host names with sockets (`address:port`) of their own. Only with a test issuer. */
    public val connectTo: Map<String, String> = emptyMap(),
    /** Whether pending notifications are sent in the background, again and again until they arrive. */
    public val deliversAutomatically: Boolean = true,
) {
    /** The same settings, to change some. */
    public fun toBuilder(): Builder = Builder(this)

    /** Sets what differs from the defaults, one by one. */
    public class Builder internal constructor(from: LpaOptions) {
        private var device = from.device
        private var isdrAids = from.isdrAids
        private var hints = from.hints
        private var deliveryMemory = from.deliveryMemory
        private var connectLimit = from.connectLimit
        private var answerLimit = from.answerLimit
        private var packageLimit = from.packageLimit
        private var cardLimit = from.cardLimit
        private var proxy = from.proxy
        private var testIssuers = from.testIssuers
        private var connectTo = from.connectTo
        private var deliversAutomatically = from.deliversAutomatically

        /** The defaults. */
        public constructor() : this(LpaOptions())

        /** See [LpaOptions.device]. */
        public fun device(device: DeviceInfo): Builder = apply { this.device = device }

        /** See [LpaOptions.isdrAids]. */
        public fun isdrAids(aids: List<String>): Builder = apply { isdrAids = aids.toList() }

        /** See [LpaOptions.hints]. */
        public fun hints(hints: String?): Builder = apply { this.hints = hints }

        /** See [LpaOptions.deliveryMemory]. */
        public fun deliveryMemory(memory: String?): Builder = apply { deliveryMemory = memory }

        /** See [LpaOptions.connectLimit]. */
        public fun connectLimit(limit: Duration): Builder = apply { connectLimit = limit }

        /** See [LpaOptions.answerLimit]. */
        public fun answerLimit(limit: Duration): Builder = apply { answerLimit = limit }

        /** See [LpaOptions.packageLimit]. */
        public fun packageLimit(limit: Duration): Builder = apply { packageLimit = limit }

        /** See [LpaOptions.cardLimit]. */
        public fun cardLimit(limit: Duration): Builder = apply { cardLimit = limit }

        /** See [LpaOptions.proxy]. */
        public fun proxy(url: String?): Builder = apply { proxy = url }

        /** Adds to [LpaOptions.testIssuers]. */
        public fun testIssuer(certificate: ByteArray): Builder = apply { testIssuers = testIssuers + certificate }

        /** Adds to [LpaOptions.connectTo]. */
        public fun connectTo(host: String, socket: String): Builder = apply { connectTo = connectTo + (host to socket) }

        /** See [LpaOptions.deliversAutomatically]. */
        public fun deliversAutomatically(really: Boolean): Builder = apply { deliversAutomatically = really }

        /** The settings. */
        public fun build(): LpaOptions = LpaOptions(
            device,
            isdrAids,
            hints,
            deliveryMemory,
            connectLimit,
            answerLimit,
            packageLimit,
            cardLimit,
            proxy,
            testIssuers,
            connectTo,
            deliversAutomatically,
        )
    }
}
