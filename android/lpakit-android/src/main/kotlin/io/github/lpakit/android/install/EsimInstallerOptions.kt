package io.github.lpakit.android.install

import java.time.Duration

/** How long an [EsimInstaller] waits. */
public class EsimInstallerOptions @JvmOverloads constructor(
    /** For the system's answer, each time; not while the system asks the person something. */
    public val answerLimit: Duration = Duration.ofMinutes(10),
    /** Until the system's question is on the screen. Android shows none while the app is in the background. */
    public val screenLimit: Duration = Duration.ofSeconds(10),
)
