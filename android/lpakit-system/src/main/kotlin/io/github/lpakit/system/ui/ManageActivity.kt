package io.github.lpakit.system.ui

import android.app.AlertDialog
import android.content.Intent
import android.widget.EditText
import android.widget.Switch
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.Profile
import io.github.lpakit.system.internal.Changes
import io.github.lpakit.system.internal.House

/** The plans on the phone's eSIMs: switch, rename, delete, add. Only the platform can start it. */
public class ManageActivity : Screen("lpakitScreenTheme") {
    private class Plan(val slot: Int, val profile: Profile)

    override fun draw(): Unit = show(words.text("wait"))

    override fun onStart() {
        super.onStart()
        load()
    }

    private fun load(): Unit = begin({ plans() }, failed = { show(what(it)) }, then = ::show)

    private suspend fun House.plans(): List<Plan> {
        val slots = cards.euiccs().map { it.slot }
        if (slots.isEmpty()) throw LpaKit.error("os.no_esim")
        return slots.flatMap { slot -> desk(slot).with { it.profiles() }.map { Plan(slot, it) } }
    }

    private fun show(note: String) {
        clear()
        title(words.text("plans"))
        if (note.isNotEmpty()) text(note)
    }

    private fun show(plans: List<Plan>) {
        show(if (plans.isEmpty()) words.text("none") else "")
        plans.forEach(::row)
        buttons(words.text("add") to { startActivity(Intent(this, AddActivity::class.java)) })
    }

    private fun row(plan: Plan) {
        val profile = plan.profile
        add(Switch(this)).apply {
            text = setOf(profile.displayName, profile.serviceProviderName).filter { it.isNotEmpty() }.joinToString("\n")
            isChecked = profile.isEnabled
            minHeight = words.pixels(ROW_HEIGHT)
            setOnClickListener { change { Changes(desk(plan.slot)).toggle(profile.iccid, isChecked) } }
        }
        buttons(words.text("rename") to { askName(plan) }, words.text("delete") to { askDeletion(plan) })
    }

    private fun askName(plan: Plan) {
        val name = EditText(this).apply {
            hint = words.text("name")
            setText(plan.profile.nickname.orEmpty())
        }
        AlertDialog.Builder(this).setTitle(words.text("rename")).setView(name)
            .setNegativeButton(words.text("cancel"), null)
            .setPositiveButton(words.text("done")) { _, _ ->
                change { Changes(desk(plan.slot)).rename(plan.profile.iccid, name.text.toString()) }
            }.show()
    }

    private fun askDeletion(plan: Plan) {
        AlertDialog.Builder(this).setMessage(words.text("delete_text", plan.profile.displayName))
            .setNegativeButton(words.text("cancel"), null)
            .setPositiveButton(words.text("delete")) { _, _ ->
                change { Changes(desk(plan.slot)).delete(plan.profile.iccid) }
            }.show()
    }

    private fun change(work: suspend House.() -> Unit) {
        show(words.text("wait"))
        begin(work, failed = ::tell, then = { load() })
    }

    /** What went wrong, and the list as it is now. */
    private fun tell(error: LpaException) {
        AlertDialog.Builder(this).setMessage(what(error)).setPositiveButton(words.text("done"), null).show()
        load()
    }

    private companion object {
        const val ROW_HEIGHT = 56
    }
}
