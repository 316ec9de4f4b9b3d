package io.github.lpakit.system.internal

/** As the platform writes octets: two capital digits each. */
internal fun List<Byte>.toHex(): String = joinToString("") { "%02X".format(it) }
