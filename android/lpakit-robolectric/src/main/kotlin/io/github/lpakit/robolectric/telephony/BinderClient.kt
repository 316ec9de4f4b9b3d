package io.github.lpakit.robolectric.telephony

import android.os.Binder
import android.os.IBinder
import android.os.IInterface
import io.github.lpakit.robolectric.RemoteBinder
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter.from
import java.lang.reflect.Method
import java.lang.reflect.Proxy
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/** What a service called back: the function and what it was given. */
public class Answer(
    /** The call-back's function. */
    public val name: String,
    /** What it was given, if anything. */
    public val value: Any?,
)

/**
 * Calls an AIDL interface whose functions answer through a call-back, whatever this release of Android wants with each:
 * [type] is the interface, [binder] where it is.
 */
public class BinderClient(private val type: Class<*>, binder: IBinder) {
    private val service: Any = checkNotNull(
        ReflectionHelpers.callStaticMethod<Any?>(
            Class.forName(type.name + "\$Stub", true, type.classLoader),
            "asInterface",
            from(IBinder::class.java, RemoteBinder(binder as Binder)),
        ),
    )

    /** Whether this release has the function. */
    public fun has(name: String): Boolean = type.methods.any { it.name == name }

    /** How many values the function wants beside its call-back. */
    public fun valuesOf(name: String): Int = method(name).parameterTypes.count { !isCallback(it) }

    /** Calls a function; what comes back later. The values stand in the function's order, without the call-back. */
    public fun call(name: String, vararg values: Any?): CompletableFuture<Answer> {
        val method = method(name)
        val answer = CompletableFuture<Answer>()
        val rest = values.iterator()
        val arguments = method.parameterTypes.map { if (isCallback(it)) callback(it, answer) else rest.next() }
        check(!rest.hasNext()) { "$name has not so many values" }
        method.invoke(service, *arguments.toTypedArray())
        return answer
    }

    /** As [call], and waits for the answer. */
    public fun ask(name: String, vararg values: Any?): Any? = call(name, *values).get(LIMIT_SECONDS, TimeUnit.SECONDS).value

    private fun method(name: String): Method = type.methods.single { it.name == name }

    private fun isCallback(type: Class<*>) = IInterface::class.java.isAssignableFrom(type)

    private fun callback(type: Class<*>, answer: CompletableFuture<Answer>): Any {
        val binder = Binder()
        val proxy = Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { proxy, method, given ->
            when (method.name) {
                "asBinder" -> binder
                "hashCode" -> System.identityHashCode(proxy)
                "equals" -> given[0] === proxy
                "toString" -> type.simpleName
                else -> {
                    answer.complete(Answer(method.name, given?.firstOrNull()))
                    null
                }
            }
        }
        binder.attachInterface(proxy as IInterface, type.name)
        return proxy
    }

    private companion object {
        const val LIMIT_SECONDS = 60L
    }
}
