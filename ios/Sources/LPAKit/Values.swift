// Values from below, as the facade's.

import Foundation
import LPAKitAPI

extension ProfileID {
    var text: String {
        switch self {
        case .iccid(let iccid): iccid.value
        case .isdpAID(let aid): aid
        }
    }
}

extension Icon {
    init(_ icon: Native.Icon) { self.init(format: icon.kind == .png ? .png : .jpeg, data: icon.data) }
}

extension ProfileClass {
    init(_ native: Native.ProfileClass) {
        self =
            switch native {
            case .test: .test
            case .provisioning: .provisioning
            case .operational: .operational
            case .other: .other
            }
    }
}

extension Operator {
    init(_ native: Native.Operator) { self.init(mccMNC: native.mccMnc, gid1: native.gid1, gid2: native.gid2) }
}

extension CarrierApp {
    init(_ native: Native.CarrierApp) {
        self.init(certificateHash: native.certificateHash, packageName: native.packageName)
    }
}

extension Profile {
    init(_ native: Native.Profile) {
        let rules = PolicyRules(forbidsDisabling: native.forbidsDisabling, forbidsDeleting: native.forbidsDeleting)
        self.init(
            iccid: ICCID(native.iccid), isEnabled: native.enabled, nickname: native.nickname,
            serviceProviderName: native.serviceProviderName, profileName: native.profileName,
            profileClass: ProfileClass(native.profileClass), rules: rules, icon: native.icon.map(Icon.init),
            isdpAID: native.isdpAid, owner: native.owner.map(Operator.init),
            carrierApps: native.carrierApps.map(CarrierApp.init))
    }
}

extension ProfileDescription {
    init(_ native: Native.ProfileDescription) {
        let rules = PolicyRules(forbidsDisabling: native.forbidsDisabling, forbidsDeleting: native.forbidsDeleting)
        self.init(
            iccid: ICCID(native.iccid), serviceProviderName: native.serviceProviderName,
            profileName: native.profileName, icon: native.icon.map(Icon.init),
            profileClass: ProfileClass(native.profileClass), rules: rules, owner: native.owner.map(Operator.init),
            estimatedSize: native.estimatedSize.map(Int.init), carrierApps: native.carrierApps.map(CarrierApp.init))
    }
}

extension MemoryReset {
    var native: Native.MemoryReset {
        Native.MemoryReset(
            operationalProfiles: contains(.operationalProfiles),
            fieldLoadedTestProfiles: contains(.fieldLoadedTestProfiles),
            defaultSmdpAddress: contains(.defaultSMDPAddress),
            preLoadedTestProfiles: contains(.preLoadedTestProfiles),
            provisioningProfiles: contains(.provisioningProfiles))
    }
}

extension EUICC {
    init(_ native: Native.Euicc) { self.init(isdrAID: native.isdrAid, eid: EID(native.eid)) }
}

extension ChipInfo {
    init(_ native: Native.ChipInfo) {
        self.init(eid: EID(native.eid))
        sgp22Version = native.sgp22Version
        highestSGP22Version = native.highestSgp22Version
        profileVersion = native.profileVersion
        firmwareVersion = native.firmwareVersion
        javaCardVersion = native.javaCardVersion
        globalPlatformVersion = native.globalPlatformVersion
        protectionProfileVersion = native.protectionProfileVersion
        installedApplications = Int(native.installedApplications)
        freeMemory = Int(native.freeMemory)
        freeWorkingMemory = Int(native.freeWorkingMemory)
        verificationKeys = native.verificationKeys
        signingKeys = native.signingKeys
        sasAccreditationNumber = native.sasAccreditationNumber
        platformLabel = native.platformLabel
        defaultSMDPAddress = native.defaultSmdpAddress
        rootSMDSAddress = native.rootSmdsAddress
        furtherSMDSAddresses = native.furtherSmdsAddresses
        rules = native.rules.map { rule in
            AuthorisationRule(
                rules: PolicyRules(forbidsDisabling: rule.aboutDisabling, forbidsDeleting: rule.aboutDeleting),
                operators: rule.operators.map(Operator.init), consentRequired: rule.consentRequired)
        }
    }
}

extension Statistics {
    init(_ native: Native.Statistics) {
        self.init()
        apdus = Int(clamping: native.apdus)
        cardBytesOut = Int(clamping: native.cardBytesOut)
        cardBytesIn = Int(clamping: native.cardBytesIn)
        requests = Int(clamping: native.requests)
        tlsHandshakes = Int(clamping: native.tlsHandshakes)
        httpBytesOut = Int(clamping: native.httpBytesOut)
        httpBytesIn = Int(clamping: native.httpBytesIn)
    }
}

extension PendingReport {
    init(_ native: Native.PendingReport) {
        let trouble = native.trouble.map { trouble in
            DeliveryTrouble(
                tries: Int(trouble.tries), lasting: .seconds(trouble.lastingSeconds),
                error: trouble.error.map(LPAError.init(_:)), offerRemoval: trouble.offerRemoval)
        }
        self.init(
            seqNumber: native.seqNumber, events: native.events.map(ReportEvent.init), address: native.address,
            iccid: native.iccid.map { ICCID($0) }, trouble: trouble)
    }
}

extension ReportEvent {
    fileprivate init(_ native: Native.ReportEvent) {
        self =
            switch native {
            case .install: .install
            case .enable: .enable
            case .disable: .disable
            case .delete: .delete
            case .other: .other
            }
    }
}

extension SendReport {
    init(_ native: Native.SendReport) {
        let unsent = native.unsent.map { UnsentReport(seqNumber: $0.seqNumber, error: LPAError($0.error)) }
        self.init(delivered: native.delivered, unsent: unsent)
    }
}

extension Discovery {
    init(_ native: Native.Discovery) throws {
        let plans = try native.plans.map { plan in
            WaitingPlan(server: try plan.server(), foundAt: try plan.foundAt(), handle: plan)
        }
        let troubles = native.troubles.map { SearchTrouble(server: $0.server, error: LPAError($0.error)) }
        self.init(plans: plans, troubles: troubles)
    }
}
