package io.github.lpakit.sandbox

/** What a sandbox could not do: a fault of the machine or of how it was asked, told in English for developers. */
public class SandboxException(message: String?, cause: Throwable) : Exception(message, cause)
