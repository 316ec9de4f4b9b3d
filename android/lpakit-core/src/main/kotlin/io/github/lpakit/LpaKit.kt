package io.github.lpakit

import io.github.lpakit.internal.Library
import io.github.lpakit.internal.Native
import java.util.Locale

/** How much is told in a log. */
public enum class LogLevel {
    /** What failed. */
    ERROR,

    /** What is odd. */
    WARN,

    /** What is done. */
    INFO,

    /** How it is done. */
    DEBUG,
}

/** Takes the log. Called from any thread, so it must be quick and must not call lpakit. */
public fun interface LogListener {
    /** One line; [target] names the part of lpakit that tells it. What is thrown is of no interest to lpakit. */
    public fun log(level: LogLevel, target: String, line: String)
}

/** The front door: loads the native library and opens cards. */
public object LpaKit {
    /** The version of this library, and of the native one that it takes. */
    public const val VERSION: String = "0.1.0"

    /** Whether the native library is loaded. */
    @JvmStatic
    public val isLoaded: Boolean get() = Library.isLoaded

    /**
     * Loads the native library; everything that needs it does so by itself, with the defaults. Later calls do nothing.
     *
     * [path] is the library or the folder it lies in. Without one it is the folder that the system property
     * `lpakit.library` names; without that it is taken from a jar on the class path, which has it for each host as
     * `linux-x86-64/liblpakit_debug.so`; else the platform finds it (on Android, inside the app). From a jar it is copied to
     * the folder `lpakit` in the person's cache (`XDG_CACHE_HOME`, `~/.cache`). [debug] chooses the library with the sandbox;
     * without it, that one is taken when `lpakit-sandbox` is on the class path.
     *
     * Throws `input.library_missing` when it cannot be loaded, `input.library_version` when it is of another version.
     */
    @JvmStatic
    @JvmOverloads
    @Throws(LpaException::class)
    public fun load(path: String? = null, debug: Boolean? = null): Unit = Library.load(path, debug)

    /**
     * Opens a card through a platform that opens logical channels itself. Nothing is sent to the card yet. A card that is
     * open already is not opened again: a handle to the same LPA comes back, with the options it has.
     */
    @JvmStatic
    @JvmOverloads
    @Throws(LpaException::class)
    public fun open(cardId: String, card: CardChannel, options: LpaOptions = LpaOptions()): Lpa =
        Native.open(cardId, card, options)

    /** As the other [open], for ports that only carry APDUs. */
    @JvmStatic
    @JvmOverloads
    @Throws(LpaException::class)
    public fun open(cardId: String, card: RawCard, options: LpaOptions = LpaOptions()): Lpa =
        Native.open(cardId, card, options)

    /**
     * Hands the log to a listener, from this level on; to nobody without one. There is one listener in a process. No
     * identifier and no secret stands in the log.
     */
    @JvmStatic
    @JvmOverloads
    @Throws(LpaException::class)
    public fun setLogListener(listener: LogListener?, level: LogLevel = LogLevel.INFO): Unit =
        Native.setLogListener(listener, level)

    /**
     * The text of a key of the catalogue, errors and words alike, in the first of these languages that lpakit speaks, else
     * in English. A key of another version gives a general text that shows it.
     */
    @JvmStatic
    @JvmOverloads
    @Throws(LpaException::class)
    public fun text(
        key: String,
        arguments: Map<String, String> = emptyMap(),
        locales: List<Locale> = listOf(Locale.getDefault()),
    ): String = Native.text(key, arguments, locales)

    /**
     * The error of the catalogue with this key, for what a shell finds out by itself.
     *
     * @throws LpaException `closed.fault` for a key that is not in the catalogue.
     */
    @JvmStatic
    @JvmOverloads
    @Throws(LpaException::class)
    public fun error(key: String, arguments: Map<String, String> = emptyMap()): LpaException =
        Native.error(key, arguments)

    /**
     * The error for a server's refusal that somebody else met, such as the phone's own LPA.
     *
     * @param subject the subject code as the server writes it (SGP.22, 5.2.6), such as `8.2.6`.
     * @param reason the reason code, such as `3.8`.
     */
    @JvmStatic
    @Throws(LpaException::class)
    public fun serverRefusal(subject: String, reason: String): LpaException = Native.refusal(subject, reason)

    /** The keys of all errors in the catalogue (`docs/errors.md`), for tables and tests. */
    @JvmStatic
    @Throws(LpaException::class)
    public fun errorKeys(): List<String> = Native.errorKeys()
}
