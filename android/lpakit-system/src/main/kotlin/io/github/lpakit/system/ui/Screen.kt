package io.github.lpakit.system.ui

import android.app.Activity
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.text.InputType
import android.util.TypedValue
import android.view.View
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.widget.Button
import android.widget.CheckBox
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import io.github.lpakit.LpaException
import io.github.lpakit.system.internal.House
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import java.util.Locale
import java.util.concurrent.Executor

/**
 * What the screens of the phone's LPA have in common: views of the platform only, one below the other, in the theme that
 * the application names or overlays (`lpakitScreenTheme`, `lpakitQuestionTheme`).
 */
public abstract class Screen internal constructor(private val themeAttribute: String) : Activity() {
    private val handler = Handler(Looper.getMainLooper())
    private val scope = CoroutineScope(SupervisorJob() + Executor(handler::post).asCoroutineDispatcher())
    internal val house: House get() = House.of(this)
    internal val words: Words by lazy { Words(this) }

    /** The languages of this screen, for texts of the catalogue. */
    internal val locales: List<Locale>
        get() = resources.configuration.locales.let { list -> List(list.size()) { list[it] } }

    private lateinit var column: LinearLayout

    override fun onCreate(savedInstanceState: Bundle?) {
        words.theme(themeAttribute)?.let(::setTheme)
        super.onCreate(savedInstanceState)
        column = LinearLayout(this).apply {
            orientation = LinearLayout.VERTICAL
            val space = words.pixels(MARGIN)
            setPadding(space, space, space, space)
        }
        setContentView(ScrollView(this).apply {
            isFillViewport = true
            fitsSystemWindows = true
            addView(column, LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT))
        })
        draw()
    }

    /** Fills the empty screen. */
    internal abstract fun draw()

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    internal fun clear(): Unit = column.removeAllViews()

    internal fun <T : View> add(view: T): T = view.also { column.addView(it, spaced()) }

    private fun spaced() = LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT).apply { topMargin = words.pixels(GAP) }

    internal fun title(text: String): TextView = add(TextView(this)).apply {
        this.text = text
        isAccessibilityHeading = true
        setTextAppearance(android.R.style.TextAppearance_DeviceDefault_Large)
    }

    internal fun text(text: String): TextView = add(TextView(this)).apply {
        this.text = text
        setTextSize(TypedValue.COMPLEX_UNIT_SP, TEXT_SIZE)
    }

    /** A line to type into. Its number keeps what was typed when the screen is turned. */
    internal fun field(hint: String, number: Int, isSecret: Boolean = false): EditText = add(EditText(this)).apply {
        this.hint = hint
        id = number
        isSingleLine = true
        val visible = InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD or InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS
        inputType = InputType.TYPE_CLASS_TEXT or (if (isSecret) visible else 0)
        // Codes are worth a plan: no keyboard learns them, no assistant and no autofill sees them.
        importantForAutofill = View.IMPORTANT_FOR_AUTOFILL_NO_EXCLUDE_DESCENDANTS
    }

    internal fun checkBox(text: String, number: Int): CheckBox = add(CheckBox(this)).apply {
        this.text = text
        id = number
    }

    /** Buttons side by side, the last one for going on. */
    internal fun buttons(vararg all: Pair<String, () -> Unit>): List<Button> {
        val row = add(LinearLayout(this).apply { gravity = android.view.Gravity.END })
        return all.map { (text, action) -> button(text, action).also { row.addView(it) } }
    }

    /** Lets the person go on once the rules are agreed to and the code is typed, where they were asked for. */
    internal fun allowOnceAnswered(go: View, rules: CheckBox?, code: EditText?) {
        fun check() {
            go.isEnabled = rules?.isChecked != false && code?.text?.isBlank() != true
        }
        rules?.setOnCheckedChangeListener { _, _ -> check() }
        code?.addTextChangedListener(AfterChange(::check))
        check()
    }

    internal fun button(text: String, action: () -> Unit): Button =
        Button(this, null, android.R.attr.borderlessButtonStyle).apply {
            this.text = text
            setOnClickListener { action() }
        }

    /** Works in the background; what is [then] done with it, or said of what went wrong, is done on the main thread. */
    internal fun <T> begin(work: suspend House.() -> T, failed: (LpaException) -> Unit, then: (T) -> Unit) {
        val house = house
        scope.launch {
            try {
                // What was begun is carried out, whatever becomes of the screen.
                then(house.scope.async { house.work() }.await())
            } catch (error: LpaException) {
                failed(error)
            }
        }
    }

    internal fun what(error: LpaException): String = error.explanation(locales).text

    private companion object {
        const val MARGIN = 24
        const val GAP = 12
        const val TEXT_SIZE = 16f
    }
}
