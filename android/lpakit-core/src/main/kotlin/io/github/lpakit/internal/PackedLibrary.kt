package io.github.lpakit.internal

import com.sun.jna.Platform
import java.io.File
import java.io.IOException
import java.net.URL
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.Paths
import java.nio.file.StandardCopyOption
import java.nio.file.attribute.FileAttribute
import java.nio.file.attribute.PosixFilePermission
import java.nio.file.attribute.PosixFilePermissions
import java.security.MessageDigest

/**
 * The native library in a jar, where JNA's own libraries lie in theirs: `linux-x86-64/liblpakit_debug.so`.
 *
 * It is copied to a file before it is loaded, because the virtual machine and JNA must load one and the same file.
 */
internal object PackedLibrary {
    /** The hosts that lpakit is packed for, and how a library's name ends there. */
    private val HOSTS = mapOf(
        "linux-x86-64" to "so",
        "linux-aarch64" to "so",
        "darwin-x86-64" to "dylib",
        "darwin-aarch64" to "dylib",
    )

    /** This host as JNA names it; null without JNA on the class path. */
    val host: String? by lazy {
        try {
            Platform.RESOURCE_PREFIX
        } catch (_: LinkageError) {
            null
        }
    }

    /** The hosts that the class path has this library for. */
    fun hosts(name: String): List<String> = HOSTS.filter { (host, ending) -> resource(host, "lib$name.$ending") != null }.keys.toList()

    /** This host's library as a file; null where the class path has none, as in an app. Throws [IOException]. */
    fun file(name: String): File? {
        val host = host?.takeUnless { it.startsWith("android") } ?: return null
        val library = System.mapLibraryName(name)
        val bytes = resource(host, library)?.readBytes() ?: return null
        return cached(library, bytes) ?: temporary(library, bytes)
    }

    private fun resource(host: String, library: String): URL? =
        PackedLibrary::class.java.classLoader?.getResource("$host/$library")

    /** In the person's cache, named by its content, so that one copy serves all processes; null where that cannot be. */
    private fun cached(name: String, bytes: ByteArray): File? = try {
        val hash = MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }
        val folder = caches()?.let { Files.createDirectories(it.resolve("lpakit").resolve(hash), *onlyOwner()) }
        folder?.takeIf { isPrivate(it) && isPrivate(it.parent) }?.let { write(bytes, it.resolve(name)) }
    } catch (_: IOException) {
        null
    }

    private fun caches(): Path? =
        listOfNotNull(System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home")?.let { "$it/.cache" })
            .map { Paths.get(it) }.firstOrNull { it.isAbsolute }

    private fun temporary(name: String, bytes: ByteArray): File {
        val folder = Files.createTempDirectory("lpakit")
        folder.toFile().deleteOnExit()
        return write(bytes, folder.resolve(name)).apply { deleteOnExit() }
    }

    /** Other processes see the whole file or none. */
    private fun write(bytes: ByteArray, to: Path): File {
        if (isWhole(to, bytes)) return to.toFile()
        val part = Files.createTempFile(to.parent, "part", null)
        try {
            Files.write(part, bytes)
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE)
        } catch (error: IOException) {
            // Windows replaces no file that another process has loaded meanwhile.
            if (!isWhole(to, bytes)) throw error
        } finally {
            Files.deleteIfExists(part)
        }
        return to.toFile()
    }

    private fun isWhole(file: Path, bytes: ByteArray): Boolean =
        Files.isRegularFile(file) && Files.readAllBytes(file).contentEquals(bytes)

    private fun hasPosix(): Boolean = "posix" in FileSystems.getDefault().supportedFileAttributeViews()

    private fun onlyOwner(): Array<FileAttribute<*>> =
        if (hasPosix()) arrayOf(PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))) else emptyArray()

    /** Whether nobody else can put a library there. */
    private fun isPrivate(folder: Path): Boolean {
        if (!hasPosix()) return true
        val others = setOf(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE)
        return Files.getPosixFilePermissions(folder).none { it in others } &&
            Files.getOwner(folder).name == System.getProperty("user.name")
    }
}
