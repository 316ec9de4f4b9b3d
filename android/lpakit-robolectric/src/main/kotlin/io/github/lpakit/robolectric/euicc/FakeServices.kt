package io.github.lpakit.robolectric.euicc

import android.os.Binder
import android.os.IInterface
import java.lang.reflect.Method
import java.lang.reflect.Proxy

/**
 * Puts a system service of our own where `ServiceManager` finds it. Robolectric has no door for that, so this takes the
 * wall: its table of services.
 */
internal object FakeServices {
    private const val MANAGER = "org.robolectric.shadows.ShadowServiceManager"

    /** Registers a service whose calls [answer] answers, by name and arguments as this release of Android has them. */
    fun <T : IInterface> put(name: String, type: Class<T>, answer: (Method, List<Any?>) -> Any?) {
        val binder = Binder()
        val local = Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { proxy, method, arguments ->
            when (method.name) {
                "asBinder" -> binder
                "equals" -> proxy === arguments?.firstOrNull()
                "hashCode" -> System.identityHashCode(proxy)
                "toString" -> "FakeServices($name)"
                else -> answer(method, arguments.orEmpty().toList())
            }
        }
        binder.attachInterface(local as IInterface, type.name)
        table()[name] = entry(type, binder)
    }

    /** Takes a service away again. */
    fun remove(name: String) {
        table().remove(name)
    }

    @Suppress("UNCHECKED_CAST")
    private fun table(): MutableMap<String, Any> {
        val field = Class.forName(MANAGER).getDeclaredField("binderServices").apply { isAccessible = true }
        return field.get(null) as MutableMap<String, Any>
    }

    private fun entry(type: Class<*>, binder: Binder): Any {
        val kind = Class.forName("$MANAGER\$BinderService")
        val constructor = kind.declaredConstructors.single().apply { isAccessible = true }
        val proxyType = Class.forName("$MANAGER\$BinderProxyType").enumConstants!!.first()
        val entry = constructor.newInstance(type, type.name, proxyType, null)
        kind.getDeclaredField("cachedBinder").apply { isAccessible = true }.set(entry, binder)
        return entry
    }
}
