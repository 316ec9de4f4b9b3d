package io.github.lpakit.android.install

import android.content.Intent
import io.github.lpakit.ActivationCode
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.LpaException
import java.util.UUID

/** Where an activation code came from. */
public enum class CodeSource {
    /** The app's own back end, or whoever the app trusts. */
    APP,

    /** The person scanned it. */
    SCANNED,

    /** The person typed or pasted it. */
    TYPED,

    /** A link from a web page, a message or another app: anyone can have written it. */
    LINK,
}

/**
 * What is to be installed, and on whose wish. It holds secrets; its text form does not.
 *
 * Keep [id] where a restart finds it, before [EsimInstaller.install] is called: [EsimInstaller.resume] wants it. Keep the
 * code as well if it may be needed again. lpakit does not store it.
 */
public class InstallRequest private constructor(
    /** The code. */
    public val code: ActivationCode,
    /** Where it came from. */
    public val source: CodeSource,
    /**
     * The operator's confirmation code, if the person gave it to the app. Android takes it from 12 on; without it, and
     * before, the system asks the person when the server wants one.
     */
    public val confirmationCode: ConfirmationCode?,
    /** Whether the system shall switch to the new profile at once. It then asks before it switches another one off. */
    public val switchesAfterwards: Boolean,
    /** Whether the person said yes to this very installation. A code from a [CodeSource.LINK] is not installed without. */
    public val isAgreed: Boolean,
    /** Its name, for [EsimInstaller.resume]. No secret. */
    public val id: String,
) {
    /** A request with an id of its own. */
    @JvmOverloads
    public constructor(
        code: ActivationCode,
        source: CodeSource,
        confirmationCode: ConfirmationCode? = null,
        switchesAfterwards: Boolean = false,
    ) : this(code, source, confirmationCode, switchesAfterwards, false, UUID.randomUUID().toString())

    /** The same request, after the app has shown the person what will be installed, and the person has said yes. */
    public fun agreed(): InstallRequest =
        InstallRequest(code, source, confirmationCode, switchesAfterwards, true, id)

    /** The same request with what the person wants, or without. */
    @JvmOverloads
    public fun with(
        confirmationCode: ConfirmationCode? = this.confirmationCode,
        switchesAfterwards: Boolean = this.switchesAfterwards,
    ): InstallRequest = InstallRequest(code, source, confirmationCode, switchesAfterwards, isAgreed, id)

    override fun toString(): String = "InstallRequest($id, $source)"

    /** Ways to a request. */
    public companion object {
        /**
         * Reads the code from an intent that opened the app: `lpa:` or a setup link. Whoever sent it, and whatever else it
         * holds, it is a [CodeSource.LINK] that nobody has agreed to yet. Throws an [LpaException] of kind input that says
         * what is there instead of a code.
         */
        @JvmStatic
        @Throws(LpaException::class)
        public fun of(intent: Intent): InstallRequest =
            InstallRequest(ActivationCode.parse(intent.dataString.orEmpty()), CodeSource.LINK)
    }
}
