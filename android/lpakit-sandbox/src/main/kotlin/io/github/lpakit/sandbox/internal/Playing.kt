package io.github.lpakit.sandbox.internal

import io.github.lpakit.LpaOptions
import io.github.lpakit.sandbox.SandboxException
import io.github.lpakit.sandbox.ffi.InternalException
import io.github.lpakit.sandbox.ffi.SandboxFailure
import io.github.lpakit.sandbox.ffi.ServerRoute

/** Makes the one exception of whatever the generated code throws. */
internal inline fun <T> playing(block: () -> T): T = try {
    block()
} catch (error: SandboxFailure.NotPlayed) {
    throw SandboxException(error.reason, error)
} catch (error: InternalException) {
    throw SandboxException(error.message, error)
}

/** The same settings for servers of a sandbox, which are believed and found. */
internal fun LpaOptions.trusting(issuer: ByteArray, routes: List<ServerRoute>): LpaOptions {
    val options = toBuilder().testIssuer(issuer)
    for (route in routes) options.connectTo(route.host, route.socket)
    return options.build()
}
