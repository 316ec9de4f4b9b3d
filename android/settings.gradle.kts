// For those who build lpakit from source with Gradle, beside an app of theirs. lpakit's own build and CI are Maven's
// (pom.xml); these files are not run there. lpakit-system is built with a system image (docs/rom.md), for Gradle's android.jar
// has no system API.
//
// Give it what `cargo xtask bindings kotlin` and `cargo xtask mobile` have made:
//   gradle assemble -Plpakit.bindings=../target/bindings -Plpakit.jni=FOLDER      with FOLDER/arm64-v8a/liblpakit_ffi.so

pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
    plugins {
        kotlin("jvm") version "2.2.20"
        kotlin("android") version "2.2.20"
        id("com.android.library") version "8.13.0"
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "lpakit"
include(":lpakit-core", ":lpakit-testing", ":lpakit-android")
