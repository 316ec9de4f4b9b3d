// The sandbox is for debug builds of apps. Package.swift sets what is asked for here (docs/adr/0001).

#if LPAKIT_WITHOUT_SANDBOX
    #error("LPAKitSandbox needs another library: set LPAKIT_SANDBOX=1 for Xcode, in debug builds (docs/ios.md)")
#endif
#if LPAKIT_SANDBOX_IN_RELEASE
    #error("LPAKIT_SANDBOX=1 is for debug builds only: build releases without it (docs/ios.md)")
#endif
