package io.github.lpakit.sandbox

import io.github.lpakit.CardChannel
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.RawCard
import io.github.lpakit.sandbox.internal.SandboxPhone
import io.github.lpakit.sandbox.internal.SandboxReader
import io.github.lpakit.sandbox.internal.playing
import io.github.lpakit.sandbox.internal.trusting
import io.github.lpakit.sandbox.ffi.medianDownloadInRust as inRust
import java.nio.ByteBuffer
import io.github.lpakit.sandbox.ffi.Stage as FfiStage

/** A camera's luminance plane, for `ActivationCode.scan`. */
public class CameraPlane(
    /** One octet a pixel, at the distances below; a direct buffer. */
    public val data: ByteBuffer,
    /** Pixels of a row. */
    public val width: Int,
    /** Rows. */
    public val height: Int,
    /** Octets between the starts of two rows. */
    public val rowStride: Int,
    /** Octets between the starts of two pixels. */
    public val pixelStride: Int,
)

/**
 * Cards, an SM-DP+, an SM-DS and a clock in memory, moved by lines of text, for tests of whole stories. Each stage is the
 * same as every other. The lines are explained in `tests/sandbox/src/stage/mod.rs` of lpakit.
 */
public class Stage @Throws(SandboxException::class, LpaException::class) constructor() : AutoCloseable {
    private val native: FfiStage

    init {
        LpaKit.load()
        native = playing { FfiStage() }
    }

    /** Plays one line, and gives its answer. Blocks until it is done. */
    @Throws(SandboxException::class)
    public fun act(line: String): String = playing { native.act(line) }

    /** The card with this number, from 1, in a reader. */
    @JvmOverloads
    @Throws(SandboxException::class)
    public fun card(number: Int = 1): RawCard = SandboxReader { playing { native.card(number.toUInt()) } }

    /** The card with this number, in a phone. */
    @JvmOverloads
    @Throws(SandboxException::class)
    public fun channels(number: Int = 1): CardChannel = SandboxPhone { playing { native.channels(number.toUInt()) } }

    /** Settings with which an LPA believes this stage's servers and finds them. */
    @JvmOverloads
    public fun options(from: LpaOptions = LpaOptions()): LpaOptions =
        from.trusting(native.testIssuer(), native.connectTo())

    /** Has the LPA of a card that is opened from now on wait with the stage's clock, which stands still by itself. */
    public fun useClockFor(cardId: String): Unit = native.useClockFor(cardId)

    /** A camera's frame that shows the QR code of a text. */
    @Throws(SandboxException::class)
    public fun qrPlane(text: String): CameraPlane = playing {
        val plane = native.qrPlane(text)
        val data = ByteBuffer.allocateDirect(plane.data.size).put(plane.data)
        data.flip()
        CameraPlane(
            data,
            plane.width.toInt(),
            plane.height.toInt(),
            plane.rowStride.toInt(),
            plane.pixelStride.toInt(),
        )
    }

    /** Stops the servers and takes the cards away. */
    override fun close(): Unit = native.close()

    /** What tests of lpakit itself ask. */
    public companion object {
        /** How many cards are open in this process, or not yet let go. */
        @JvmStatic
        public fun openCards(): Int {
            LpaKit.load()
            return io.github.lpakit.sandbox.ffi.openCards().toInt()
        }

        /** Has the library break down in a call, which must end in a [SandboxException]. */
        @JvmStatic
        @Throws(SandboxException::class)
        public fun breakDown(): Unit = playing { io.github.lpakit.sandbox.ffi.breakDown() }

        /** How long a download takes in Rust alone, in microseconds: the median of so many. */
        @JvmStatic
        @Throws(SandboxException::class)
        public fun medianDownloadInRust(rounds: Int): Long = playing { inRust(rounds.toUInt()).toLong() }
    }
}
