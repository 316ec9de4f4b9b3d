// Not run in lpakit's CI; see ../settings.gradle.kts.
plugins {
    `java-library`
    kotlin("jvm")
}

val bindings = providers.gradleProperty("lpakit.bindings")

kotlin {
    compilerOptions {
        jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_11)
        freeCompilerArgs.add("-Xjvm-default=all")
    }
    sourceSets.main { kotlin.srcDir(bindings.map { rootDir.resolve("$it/kotlin/lpakit-ffi") }) }
}

java {
    sourceCompatibility = JavaVersion.VERSION_11
    targetCompatibility = JavaVersion.VERSION_11
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.10.2")
    // The jar is for desktops; lpakit-android brings the aar.
    compileOnly("net.java.dev.jna:jna:5.18.1")
}
