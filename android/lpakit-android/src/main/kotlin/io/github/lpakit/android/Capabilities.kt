package io.github.lpakit.android

import android.content.Context
import android.content.pm.PackageManager
import android.content.pm.Signature
import io.github.lpakit.InstallWay
import io.github.lpakit.PhoneFacts
import java.security.MessageDigest

/** What an app can do on this phone. */
public data class Capabilities(
    /** What was seen of the phone. */
    public val facts: PhoneFacts,
    /** Every way to install a profile, the best first, and why those that are shut are shut. */
    public val ways: List<InstallWay>,
    /** The places for cards. */
    public val cards: List<FoundCard>,
    /** Who the app is to cards and operators. */
    public val app: AppIdentity,
)

/** A certificate that an app is signed with, as cards and operators name it. */
public data class AppCertificate(
    /** SHA-1 of it, 40 hexadecimal digits: what older access rules hold. */
    public val sha1: String,
    /** SHA-256 of it, 64 hexadecimal digits. */
    public val sha256: String,
)

/**
 * Who an app is to cards and operators. A card's maker puts the hash of the certificate into the card's access rules
 * (GlobalPlatform Secure Element Access Control, ARA-M, for the ISD-R), an operator into the profile's (BF76), with or
 * without the package's name.
 */
public data class AppIdentity(
    /** The package's name. */
    public val packageName: String,
    /** The certificates: those in use first, then those before them. */
    public val certificates: List<AppCertificate>,
) {
    /** Reads it from the platform. */
    public companion object {
        /** That of the app itself. */
        @JvmStatic
        public fun of(context: Context): AppIdentity {
            val flags = PackageManager.GET_SIGNING_CERTIFICATES
            val signing = context.packageManager.getPackageInfo(context.packageName, flags).signingInfo
            val now = signing?.apkContentsSigners.orEmpty().toList()
            val before = if (signing?.hasMultipleSigners() == true) null else signing?.signingCertificateHistory
            val all = now + before.orEmpty().reversed()
            return AppIdentity(context.packageName, all.distinct().map(::certificate))
        }

        private fun certificate(signature: Signature) =
            AppCertificate(hash("SHA-1", signature), hash("SHA-256", signature))

        private fun hash(algorithm: String, signature: Signature): String =
            MessageDigest.getInstance(algorithm).digest(signature.toByteArray()).joinToString("") { "%02X".format(it) }
    }
}
