// Not run in lpakit's CI; see ../settings.gradle.kts.
plugins {
    id("com.android.library")
    kotlin("android")
}

android {
    namespace = "io.github.lpakit.android"
    compileSdk = 35
    defaultConfig {
        minSdk = 28
        consumerProguardFiles("../lpakit-core/src/main/resources/META-INF/proguard/lpakit.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
    sourceSets["main"].jniLibs.srcDir(providers.gradleProperty("lpakit.jni").map { rootDir.resolve(it) })
}

kotlin {
    compilerOptions {
        jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_11)
        freeCompilerArgs.add("-Xjvm-default=all")
    }
}

dependencies {
    api(project(":lpakit-core"))
    api("net.java.dev.jna:jna:5.18.1@aar")
}
