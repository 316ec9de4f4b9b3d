package io.github.lpakit

import io.github.lpakit.internal.Native
import java.nio.ByteBuffer

/**
 * An activation code (SGP.22, 4.1): where a plan waits, and the token to ask for it with. The token is worth a paid plan
 * until it is used, so nothing of it stands in the text form. Two codes are equal when they say the same; the spelling
 * of the address does not count.
 */
public interface ActivationCode {
    /** The SM-DP+ to ask. */
    public val address: String

    /** The token. */
    public val matchingId: MatchingId

    /** Whether the code says that a confirmation code is due. The server has the last word. */
    public val isConfirmationCodeRequired: Boolean

    /** The OID that the SM-DP+'s certificate must carry, if the code names one. */
    public val oid: String?

    /** Keys of the catalogue ([LpaKit.text]) that name what is odd about the code without making it useless. */
    public val warnings: List<String>

    /** The code as a person would type it. It holds the token. */
    public fun toText(): String

    /** The code as it stands in a QR code ([QrPicture.of]). It holds the token. */
    public fun toQrText(): String

    /** Ways to a code. Each throws an [LpaException] of kind input that says what the text is instead. */
    public companion object {
        /**
         * Reads a code as it was typed, scanned, pasted or followed as a link: bare, `LPA:`, percent-encoded, or a setup
         * link of a phone maker. With [allowTestServers], addresses may have ports and be IP addresses.
         */
        @JvmStatic
        @JvmOverloads
        @Throws(LpaException::class)
        public fun parse(text: String, allowTestServers: Boolean = false): ActivationCode =
            Native.parse(text, allowTestServers)

        /** A code from parts that an app already holds, for example from its own back end. */
        @JvmStatic
        @JvmOverloads
        @Throws(LpaException::class)
        public fun of(
            address: String,
            matchingId: MatchingId,
            isConfirmationCodeRequired: Boolean = false,
            allowTestServers: Boolean = false,
        ): ActivationCode = Native.code(address, matchingId, isConfirmationCodeRequired, allowTestServers)

        /** Finds the first code or setup link inside a longer text, such as a clipboard or a message. */
        @JvmStatic
        @JvmOverloads
        @Throws(LpaException::class)
        public fun find(text: String, allowTestServers: Boolean = false): ActivationCode =
            Native.find(text, allowTestServers)

        /**
         * Reads the code from a picture's luminance plane: a camera's Y plane, from the buffer's position on, as it is.
         * A direct buffer is not copied. [rowStride] and [pixelStride] are in octets. Blocks for some milliseconds a
         * frame, five seconds at worst: not for the main thread. A plane that is shorter than its measures is an error,
         * and so is a frame without a code (`qr.…`).
         */
        @JvmStatic
        @JvmOverloads
        @Throws(LpaException::class)
        public fun scan(
            plane: ByteBuffer,
            width: Int,
            height: Int,
            rowStride: Int = width,
            pixelStride: Int = 1,
            allowTestServers: Boolean = false,
        ): ActivationCode = Native.scan(plane, intArrayOf(width, height, rowStride, pixelStride), allowTestServers)
    }
}

/** A QR code to be shown, as dark and light modules; four light ones belong around it. */
public class QrPicture internal constructor(
    /** How many modules a side has. */
    public val side: Int,
    private val modules: ByteArray,
) {
    /** Whether a module is dark; those outside are light. */
    public fun isDark(column: Int, row: Int): Boolean =
        column in 0 until side && row in 0 until side && modules[row * side + column] != 0.toByte()

    /** The way to a picture. */
    public companion object {
        /** The QR code of a text, such as [ActivationCode.toQrText]. A text that is too long is an error. */
        @JvmStatic
        @Throws(LpaException::class)
        public fun of(text: String): QrPicture = Native.qrPicture(text)
    }
}
