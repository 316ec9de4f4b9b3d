package io.github.lpakit.internal

import io.github.lpakit.ErrorKind
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.ffi.checkVersion
import io.github.lpakit.ffi.uniffiEnsureInitialized
import java.io.File
import java.io.IOException

/**
 * The native library. The virtual machine must load it before JNA does: JNA never runs `JNI_OnLoad`, and without that the
 * library cannot attach its threads. JNA must then take the very same file, for a copy would be a second library.
 */
internal object Library {
    private const val RELEASE = "lpakit_ffi"
    private const val DEBUG = "lpakit_debug"
    private const val FOLDER_PROPERTY = "lpakit.library"
    private const val SANDBOX = "io.github.lpakit.sandbox.Sandbox"
    private val NAMESPACES = listOf("lpakit_ffi", "lpakit_sandbox_ffi")

    /** Whether it is there, and of this version. */
    @Volatile
    var isLoaded: Boolean = false
        private set

    /** Whether it can be asked for texts: one of another version can. */
    @Volatile
    var canTell: Boolean = false
        private set

    @Synchronized
    fun load(path: String?, debug: Boolean?) {
        if (isLoaded) return
        val name = if (debug ?: isSandboxThere()) DEBUG else RELEASE
        var file = (path ?: System.getProperty(FOLDER_PROPERTY))?.let { file(it, name) }
        try {
            file = file ?: PackedLibrary.file(name)
            runOnLoad(file, name)
            tellJna(file?.path ?: name)
            uniffiEnsureInitialized()
        } catch (error: ExceptionInInitializerError) {
            // Generated code has compared what both sides know of each other.
            throw ofAnotherVersion(error)
        } catch (error: LinkageError) {
            throw missing(name, file, error)
        } catch (error: IOException) {
            throw missing(name, file, error)
        }
        canTell = true
        translating { checkVersion(LpaKit.VERSION) }
        isLoaded = true
    }

    /** Loads with the defaults, unless it is loaded. */
    fun need() {
        if (!isLoaded) load(null, null)
    }

    private fun file(path: String, name: String): File {
        val given = File(path).absoluteFile
        return if (given.isDirectory) File(given, System.mapLibraryName(name)) else given
    }

    private fun runOnLoad(file: File?, name: String) {
        try {
            if (file == null) System.loadLibrary(name) else System.load(file.path)
        } catch (error: UnsatisfiedLinkError) {
            // Another class loader has it: `JNI_OnLoad` was run, and JNA can take it.
            if (error.message?.contains("already loaded in another") != true) throw error
        }
    }

    private fun tellJna(library: String) {
        for (namespace in NAMESPACES) {
            System.setProperty("uniffi.component.$namespace.libraryOverride", library)
        }
    }

    private fun isSandboxThere(): Boolean = try {
        Class.forName(SANDBOX, false, Library::class.java.classLoader)
        true
    } catch (_: ClassNotFoundException) {
        false
    }

    private fun ofAnotherVersion(cause: Throwable) = LpaException(
        kind = ErrorKind.INPUT,
        key = "input.library_version",
        cause = cause,
        text = "The app and its eSIM library do not belong together.",
    )

    private fun missing(name: String, file: File?, cause: Throwable): LpaException {
        val library = file?.path ?: name
        return LpaException(
            kind = ErrorKind.INPUT,
            key = "input.library_missing",
            arguments = mapOf("library" to library),
            cause = cause,
            text = "The native library $library cannot be loaded. ${advice(name, isNamed = file != null)}",
        )
    }

    private fun advice(name: String, isNamed: Boolean): String {
        val host = PackedLibrary.host ?: return "JNA (net.java.dev.jna:jna) is not on the class path."
        val hosts = PackedLibrary.hosts(name)
        val packed = when {
            isNamed || hosts.isEmpty() || host in hosts -> ""
            else -> "The class path has it for ${hosts.joinToString()}, and this host is $host. "
        }
        return packed + "On a host, name its folder by the system property $FOLDER_PROPERTY or by LpaKit.load(path); in an " +
            "app, look whether it is packed for this processor."
    }
}
