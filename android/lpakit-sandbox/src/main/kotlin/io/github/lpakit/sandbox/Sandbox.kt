package io.github.lpakit.sandbox

import io.github.lpakit.CardChannel
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.RawCard
import io.github.lpakit.sandbox.ffi.SandboxOrder
import io.github.lpakit.sandbox.internal.SandboxPhone
import io.github.lpakit.sandbox.internal.SandboxReader
import io.github.lpakit.sandbox.internal.playing
import io.github.lpakit.sandbox.internal.trusting
import java.io.File
import io.github.lpakit.sandbox.ffi.Sandbox as FfiSandbox

/**
 * A card, an SM-DP+ and an SM-DS in a folder, with real certificates and real TLS on the loopback, so that screens work in
 * an emulator and in tests. For debug builds only: it is no part of the release library.
 *
 * ```
 * val sandbox = Sandbox(File(context.filesDir, "sandbox"))
 * val lpa = LpaKit.open("sandbox", sandbox.card(), sandbox.options())
 * val code = lpa.parseActivationCode(sandbox.order())
 * ```
 *
 * Opens the sandbox of [folder], or makes one where the folder is empty, and starts its servers. It blocks while it does.
 */
public class Sandbox @Throws(SandboxException::class, LpaException::class) constructor(folder: File) : AutoCloseable {
    private val native: FfiSandbox

    init {
        LpaKit.load()
        native = playing { FfiSandbox.open(folder.path) }
    }

    /** Orders a plan; its activation code. What is not given is made up. */
    @JvmOverloads
    @Throws(SandboxException::class)
    public fun order(
        operator: String? = null,
        plan: String? = null,
        confirmationCode: ConfirmationCode? = null,
    ): String = playing { native.order(SandboxOrder(operator, plan, confirmationCode?.value)) }

    /** The card, in a reader. One LPA at a time may have it. */
    @Throws(SandboxException::class)
    public fun card(): RawCard = playing { SandboxReader { native.card() } }

    /** The card, in a phone. One LPA at a time may have it. */
    @Throws(SandboxException::class)
    public fun channels(): CardChannel = playing { SandboxPhone { native.channels() } }

    /** Settings with which an LPA believes this sandbox's servers and finds them. */
    @JvmOverloads
    public fun options(from: LpaOptions = LpaOptions()): LpaOptions =
        from.trusting(native.testIssuer(), native.connectTo())

    /** Stops the servers. The folder stays as it is. */
    override fun close(): Unit = native.close()
}
