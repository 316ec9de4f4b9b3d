package io.github.lpakit.android

import android.annotation.SystemApi
import android.os.Build
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.objectweb.asm.ClassReader
import org.objectweb.asm.ClassVisitor
import org.objectweb.asm.Handle
import org.objectweb.asm.MethodVisitor
import org.objectweb.asm.Opcodes
import org.objectweb.asm.Type
import org.robolectric.RobolectricTestRunner
import java.io.File
import java.lang.reflect.AnnotatedElement

/**
 * This library works on every phone from Android 9 on: it refers to nothing of Android that is for the system only, and to
 * nothing that Android 9 lacks but what is written down in levels.txt, with the API level that brought it. What is written
 * down there is asked for only where `Build.VERSION.SDK_INT` says that it is there.
 */
@RunWith(RobolectricTestRunner::class)
class PublicApiTest {
    private val levels: Map<String, Int> = javaClass.getResource("/levels.txt")!!.readText().lines()
        .filter { it.isNotBlank() && !it.startsWith("#") }
        .associate { it.substringBeforeLast(' ') to it.substringAfterLast(' ').toInt() }

    private val used: Set<Reference> = File(System.getProperty("lpakit.android"), "lpakit-android/target/classes")
        .walk().filter { it.extension == "class" }.flatMap { References(it).found }.toSet()

    @Test
    fun nothingIsForTheSystemOnly() {
        assertTrue("$used", used.size > 50 && used.any { "SEService" in it.owner })
        val wrong = used.filter { reference ->
            isSettled(reference) && reference.resolve()?.any { it.isForTheSystem() } ?: false
        }
        assertEquals("", wrong.joinToString("\n") { it.name })
    }

    @Test
    fun whatThisReleaseLacksIsWrittenDown() {
        val missing = used.filter { isHere(it) && it.resolve() == null }
        assertEquals("", missing.map { it.name }.toSortedSet().joinToString("\n"))
    }

    @Test
    fun whatIsWrittenDownIsUsed() {
        assertEquals(setOf<String>(), levels.keys - used.map { it.name })
    }

    @Test
    fun whatIsForTheSystemOnlyWouldBeFound() {
        val of = "android.telephony.TelephonyManager"
        val method = Reference(of, "setSimPowerState", "(I)V")
        val type = Reference("android.service.euicc.EuiccService", "onGetEid", "(I)Ljava/lang/String;")
        for (reference in listOf(method, type)) assertTrue(reference.name, reference.resolve()!!.any { it.isForTheSystem() })
    }

    /** What came to apps later may have been the system's before, so it is judged by the last release. */
    private fun isSettled(reference: Reference) =
        reference.name !in levels || Build.VERSION.SDK_INT >= Build.VERSION_CODES.VANILLA_ICE_CREAM

    private fun isHere(reference: Reference) = Build.VERSION.SDK_INT >= levels.getOrDefault(reference.name, 0)

    private fun AnnotatedElement.isForTheSystem() = isAnnotationPresent(SystemApi::class.java)
}

/** A class of Android (no [member]), or a method, constructor or field of one, as compiled code refers to it. */
private data class Reference(val owner: String, val member: String?, val descriptor: String?) {
    /** As levels.txt has it. */
    val name: String get() = owner + member?.let { "#$it" }.orEmpty()

    /** The element and the classes around it; nothing if this release does not have it. */
    fun resolve(): List<AnnotatedElement>? {
        val start = load(owner) ?: return null
        if (member == null) return around(start)
        val chain = generateSequence(listOf(start)) { level ->
            level.flatMap { listOfNotNull(it.superclass) + it.interfaces }.ifEmpty { null }
        }.flatten()
        val found = chain.firstNotNullOfOrNull { type -> declared(type)?.let { type to it } } ?: return null
        return around(found.first) + found.second
    }

    private fun declared(type: Class<*>): AnnotatedElement? = when {
        member == "<init>" -> type.declaredConstructors.firstOrNull { Type.getConstructorDescriptor(it) == descriptor }
        descriptor!!.startsWith("(") ->
            type.declaredMethods.firstOrNull { it.name == member && Type.getMethodDescriptor(it) == descriptor }
        else -> type.declaredFields.firstOrNull { it.name == member }
    }

    private fun around(type: Class<*>): List<Class<*>> = generateSequence(type) { it.declaringClass }.toList()

    private fun load(name: String): Class<*>? = try {
        Class.forName(name, false, Reference::class.java.classLoader)
    } catch (_: ClassNotFoundException) {
        null
    }
}

/** What one class of ours refers to. */
private class References(file: File) : ClassVisitor(Opcodes.ASM9) {
    val found = mutableSetOf<Reference>()

    init {
        ClassReader(file.readBytes()).accept(this, 0)
    }

    private fun type(internalName: String?) {
        val name = Type.getObjectType(internalName ?: return).let { if (it.sort == Type.ARRAY) it.elementType else it }
        if (name.sort == Type.OBJECT && name.className.startsWith("android.")) found += Reference(name.className, null, null)
    }

    private fun types(descriptor: String) {
        val type = Type.getType(descriptor)
        val all = if (type.sort == Type.METHOD) type.argumentTypes.toList() + type.returnType else listOf(type)
        all.map { if (it.sort == Type.ARRAY) it.elementType else it }.filter { it.sort == Type.OBJECT }
            .forEach { type(it.internalName) }
    }

    private fun member(owner: String, name: String, descriptor: String) {
        type(owner)
        types(descriptor)
        val of = Type.getObjectType(owner).className
        // What our own classes inherit is looked for where it is declared: there it is overridden or called by its owner.
        if (of.startsWith("android.")) found += Reference(of, name, descriptor)
    }

    override fun visit(version: Int, access: Int, name: String, signature: String?, base: String?, all: Array<String>?) {
        type(base)
        all?.forEach(::type)
    }

    override fun visitField(access: Int, name: String, descriptor: String, signature: String?, value: Any?) = null.also {
        types(descriptor)
    }

    override fun visitMethod(access: Int, name: String, of: String, signature: String?, errors: Array<String>?): MethodVisitor {
        types(of)
        errors?.forEach(::type)
        return Code()
    }

    private inner class Code : MethodVisitor(Opcodes.ASM9) {
        override fun visitTypeInsn(opcode: Int, type: String) = type(type)

        override fun visitFieldInsn(opcode: Int, owner: String, name: String, descriptor: String) =
            member(owner, name, descriptor)

        override fun visitMethodInsn(opcode: Int, owner: String, name: String, descriptor: String, isInterface: Boolean) =
            member(owner, name, descriptor)

        override fun visitInvokeDynamicInsn(name: String, descriptor: String, by: Handle, vararg arguments: Any) {
            types(descriptor)
            arguments.filterIsInstance<Handle>().forEach { member(it.owner, it.name, it.desc) }
        }

        override fun visitLdcInsn(value: Any) {
            if (value is Type) types(value.descriptor)
        }
    }
}
