package io.github.lpakit.system.internal

import android.service.carrier.CarrierIdentifier
import android.service.euicc.EuiccProfileInfo
import android.telephony.UiccAccessRule
import android.telephony.euicc.DownloadableSubscription
import io.github.lpakit.CarrierApp
import io.github.lpakit.Operator
import io.github.lpakit.PolicyRules
import io.github.lpakit.Profile
import io.github.lpakit.ProfileClass
import io.github.lpakit.ProfileDescription

/** The profile as the platform wants to know it. */
internal fun Profile.toPlatform(): EuiccProfileInfo {
    val info = EuiccProfileInfo.Builder(iccid.value)
        .setNickname(nickname)
        .setServiceProviderName(serviceProviderName)
        .setProfileName(profileName)
        .setProfileClass(profileClass.toPlatform())
        .setState(if (isEnabled) EuiccProfileInfo.PROFILE_STATE_ENABLED else EuiccProfileInfo.PROFILE_STATE_DISABLED)
        .setPolicyRules(rules.toPlatform())
        .setUiccAccessRule(carrierApps.toPlatform())
    owner?.toPlatform(serviceProviderName)?.let(info::setCarrierIdentifier)
    return info.build()
}

private fun ProfileClass.toPlatform(): Int = when (this) {
    ProfileClass.TEST -> EuiccProfileInfo.PROFILE_CLASS_TESTING
    ProfileClass.PROVISIONING -> EuiccProfileInfo.PROFILE_CLASS_PROVISIONING
    ProfileClass.OPERATIONAL -> EuiccProfileInfo.PROFILE_CLASS_OPERATIONAL
    ProfileClass.OTHER -> EuiccProfileInfo.PROFILE_CLASS_UNSET
}

private fun PolicyRules.toPlatform(): Int {
    val disabling = if (forbidsDisabling) EuiccProfileInfo.POLICY_RULE_DO_NOT_DISABLE else 0
    val deleting = if (forbidsDeleting) EuiccProfileInfo.POLICY_RULE_DO_NOT_DELETE else 0
    return disabling or deleting
}

/** Nothing for an owner whose country and network cannot be read. */
private fun Operator.toPlatform(name: String): CarrierIdentifier? {
    val codes = mccMnc.split('-').takeIf { parts -> parts.size == 2 && parts.all { it.isNotEmpty() } } ?: return null
    return CarrierIdentifier(codes[0], codes[1], name.ifEmpty { null }, null, gid1?.toHex(), gid2?.toHex())
}

/** The apps that the operator trusts, which may manage the profile. */
internal fun List<CarrierApp>.toPlatform(): List<UiccAccessRule> =
    map { UiccAccessRule(it.certificateHash, it.packageName, 0) }

/** A plan that can be downloaded, with what the server said of it. */
internal fun DownloadableSubscription.described(profile: ProfileDescription): DownloadableSubscription =
    DownloadableSubscription.Builder(this)
        .setCarrierName(profile.serviceProviderName)
        .setAccessRules(profile.carrierApps.toPlatform())
        .build()
