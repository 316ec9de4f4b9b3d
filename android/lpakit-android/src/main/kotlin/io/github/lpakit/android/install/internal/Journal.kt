package io.github.lpakit.android.install.internal

import android.content.Context
import android.content.SharedPreferences
import io.github.lpakit.android.install.RequestState
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

/** A request of which the journal knows. */
internal data class Entry(
    val id: String,
    val state: RequestState,
    /** The subscriptions that the app saw before; null when it could not look. */
    val seenBefore: Set<Int>?,
    /** The number of the last try; answers to earlier ones are old news. */
    val attempt: Int,
    /** The last step that the system has answered; answers to earlier ones are old news. */
    val step: Int = -1,
    /** What the system answered last. */
    val verdict: Verdict? = null,
    /** Whether the last thing that the system asked was closed without a yes. */
    val declined: Boolean = false,
)

/**
 * What survives the process: in the app's own preferences, the newest requests with their states. No code, no number of a
 * card or a device is in it. Its functions read and write a file: not for the main thread.
 */
internal class Journal(context: Context) {
    private val file: SharedPreferences = context.getSharedPreferences(FILE, Context.MODE_PRIVATE)

    fun begin(id: String, attempt: Int, seenBefore: Set<Int>?) = synchronized(LOCK) {
        val edit = file.edit()
        val old = entries().map { it.first }
        old.dropLast(MOST - 1).forEach { edit.remove(PREFIX + it) }
        write(edit, Entry(id, RequestState.UNDER_WAY, seenBefore, attempt))
    }

    fun find(id: String): Entry? = synchronized(LOCK) { read(id) }

    /** All requests, oldest first. */
    fun all(): List<Entry> = synchronized(LOCK) { entries().mapNotNull { read(it.first) } }

    /** Changes what is known of a request, and answers whether it did. Of one that is not known, nothing will be. */
    fun change(id: String, change: (Entry) -> Entry): Boolean = synchronized(LOCK) {
        val old = read(id) ?: return false
        val new = change(old)
        if (new != old) write(file.edit(), new)
        new != old
    }

    fun forget(id: String) = synchronized(LOCK) {
        file.edit().remove(PREFIX + id).commit()
    }

    /** A number that no other caller gets, in this process and later ones. */
    fun nextNumber(): Int = synchronized(LOCK) {
        val number = file.getInt(NUMBER, 0) + 1
        file.edit().putInt(NUMBER, number).commit()
        number
    }

    private fun entries(): List<Pair<String, Int>> = file.all.keys
        .filter { it.startsWith(PREFIX) }
        .map { it.removePrefix(PREFIX) to (json(it.removePrefix(PREFIX))?.optInt("number") ?: 0) }
        .sortedBy { it.second }

    private fun json(id: String): JSONObject? = try {
        file.getString(PREFIX + id, null)?.let(::JSONObject)
    } catch (_: JSONException) {
        null
    }

    private fun read(id: String): Entry? {
        val json = json(id) ?: return null
        val state = RequestState.entries.find { it.name == json.optString("state") } ?: return null
        val seen = json.optJSONArray("seen")?.let { list -> (0 until list.length()).map { list.optInt(it) }.toSet() }
        return Entry(
            id = id,
            state = state,
            seenBefore = seen,
            attempt = json.optInt("attempt"),
            step = json.optInt("step", -1),
            verdict = json.optJSONObject("verdict")?.let(Verdict::readFrom),
            declined = json.optBoolean("declined"),
        )
    }

    private fun write(edit: SharedPreferences.Editor, entry: Entry) {
        val number = json(entry.id)?.optInt("number") ?: (file.getInt(ORDER, 0) + 1).also { edit.putInt(ORDER, it) }
        val json = JSONObject().put("number", number).put("state", entry.state.name).put("declined", entry.declined)
        json.put("attempt", entry.attempt).put("step", entry.step)
        entry.seenBefore?.let { json.put("seen", JSONArray(it)) }
        entry.verdict?.let { json.put("verdict", JSONObject().apply(it::writeTo)) }
        edit.putString(PREFIX + entry.id, json.toString()).commit()
    }

    private companion object {
        const val FILE = "io.github.lpakit.install"
        const val PREFIX = "request."
        const val NUMBER = "number"
        const val ORDER = "order"

        /** Requests that are remembered. */
        const val MOST = 16
        val LOCK = Any()
    }
}
