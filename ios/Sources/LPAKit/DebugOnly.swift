// The library with the sandbox is for debug builds of apps. Package.swift sets what is asked for here (docs/adr/0001).
#if LPAKIT_SANDBOX_IN_RELEASE
    #error("LPAKIT_SANDBOX=1 is for debug builds only: build releases without it (docs/ios.md)")
#endif
