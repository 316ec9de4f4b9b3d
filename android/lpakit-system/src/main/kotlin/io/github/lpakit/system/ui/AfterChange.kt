package io.github.lpakit.system.ui

import android.text.Editable
import android.text.TextWatcher

/** Hears that a text has changed. */
internal class AfterChange(private val act: () -> Unit) : TextWatcher {
    override fun beforeTextChanged(s: CharSequence?, start: Int, count: Int, after: Int) = Unit

    override fun onTextChanged(s: CharSequence?, start: Int, before: Int, count: Int) = Unit

    override fun afterTextChanged(s: Editable?) = act()
}
