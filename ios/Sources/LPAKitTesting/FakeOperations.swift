import LPAKitAPI

// What it is.
extension FakeLPA {
    /// Closes.
    public func close() {
        state.withLock { $0.isClosed = true }
        newest.withLock { $0.source?.end() }
    }

    /// Closes.
    public func closeAndWait() async { close() }

    /// One eUICC.
    public func euiccs() async throws -> [EUICC] {
        try await begin(.chip)
        return [EUICC(isdrAID: "A0000005591010FFFFFFFF8900000100", eid: chipOnCard.eid)]
    }

    /// Itself.
    public func euicc(isdrAID: String) throws(LPAError) -> any LPA {
        try open()
        return self
    }

    /// The EID.
    public func eid() async throws -> EID {
        try await begin(.eid)
        return chipOnCard.eid
    }

    /// What the chip says of itself.
    public func chip() async throws -> ChipInfo {
        try await begin(.chip)
        return chipOnCard
    }

    /// EID and IMEI.
    public func shareText(imei: IMEI?, locales: [String]) async throws -> String {
        try await begin(.eid)
        return ([chipOnCard.eid.value] + [imei?.value].compactMap { $0 }).joined(separator: "\n")
    }

    /// Sets the default server.
    public func setDefaultAddress(_ address: String) async throws {
        try await begin(.setDefaultAddress)
        chipOnCard.defaultSMDPAddress = address.isEmpty ? nil : address
    }

    /// Nothing.
    public func hints() async throws -> String {
        try await begin(.other)
        return "{}"
    }

    /// Nothing.
    public func deliveryMemory() throws(LPAError) -> String {
        try open()
        return "{}"
    }

    /// Nothing to do.
    public func releaseCard() async throws { try await begin(.other) }

    /// Nothing was exchanged.
    public func statistics() async throws -> Statistics {
        try await begin(.other)
        return Statistics()
    }
}

// What is on it.
extension FakeLPA {
    /// The profiles.
    public func profiles() async throws -> [Profile] {
        try await begin(.profiles)
        return profilesOnCard
    }

    /// The profiles.
    public func profilesInDetail() async throws -> [Profile] {
        try await begin(.profiles)
        return profilesOnCard
    }

    /// One profile.
    public func profile(_ id: ProfileID) async throws -> Profile {
        try await begin(.profiles)
        return try change(id) { _ throws(LPAError) in }
    }

    /// Switches a profile on, and the others off.
    @discardableResult
    public func enable(_ id: ProfileID) async throws -> Profile {
        try await begin(.enable)
        let on = try change(id) { profile throws(LPAError) in
            if profile.isEnabled { throw .alreadySwitched }
            profile.isEnabled = true
        }
        state.withLock { state in
            for at in state.profiles.indices where state.profiles[at].iccid != on.iccid {
                state.profiles[at].isEnabled = false
            }
        }
        return on
    }

    /// Switches a profile off.
    @discardableResult
    public func disable(_ id: ProfileID) async throws -> Profile {
        try await begin(.disable)
        return try change(id) { profile throws(LPAError) in
            if !profile.isEnabled { throw .alreadySwitched }
            if profile.rules.forbidsDisabling { throw .forbidden }
            profile.isEnabled = false
        }
    }

    /// Deletes a profile that is off.
    public func delete(_ id: ProfileID) async throws {
        try await begin(.delete)
        let gone = try change(id) { profile throws(LPAError) in
            if profile.isEnabled { throw .stillOn }
            if profile.rules.forbidsDeleting { throw .forbidden }
        }
        profilesOnCard.removeAll { $0.iccid == gone.iccid }
    }

    /// Renames a profile.
    public func rename(_ id: ProfileID, to name: String) async throws {
        try await begin(.rename)
        _ = try change(id) { profile throws(LPAError) in profile.nickname = name.isEmpty ? nil : name }
    }

    /// Deletes what is named.
    public func resetMemory(_ what: MemoryReset) async throws {
        try await begin(.resetMemory)
        let classes: [ProfileClass: MemoryReset] = [
            .operational: .operationalProfiles, .test: .fieldLoadedTestProfiles, .provisioning: .provisioningProfiles,
        ]
        profilesOnCard.removeAll { classes[$0.profileClass].map(what.contains) ?? false }
        if what.contains(.defaultSMDPAddress) { chipOnCard.defaultSMDPAddress = nil }
    }

    private func change(
        _ id: ProfileID, _ work: (inout Profile) throws(LPAError) -> Void
    ) throws(LPAError) -> Profile {
        let done: Result<Profile, LPAError> = state.withLock { state in
            let at = state.profiles.firstIndex { profile in
                switch id {
                case .iccid(let iccid): profile.iccid == iccid
                case .isdpAID(let aid): profile.isdpAID == aid
                }
            }
            guard let at else { return .failure(.profileNotFound) }
            do throws(LPAError) { try work(&state.profiles[at]) } catch { return .failure(error) }
            return .success(state.profiles[at])
        }
        return try done.get()
    }
}

// What comes onto it.
extension FakeLPA {
    /// Reads `LPA:1$ADDRESS$TOKEN` and no other spelling.
    public func activationCode(_ text: String) throws(LPAError) -> ActivationCode {
        try open()
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, ["LPA:1", "1"].contains(parts[0]), !parts[1].isEmpty else { throw .notACode }
        let plain = text.hasPrefix("LPA:") ? String(text.dropFirst(4)) : text
        return ActivationCode(
            address: parts[1], matchingID: MatchingID(parts[2]),
            confirmationCodeRequired: parts.count > 4 && parts[4] == "1",
            oid: parts.count > 3 && !parts[3].isEmpty ? parts[3] : nil, warnings: [], text: plain,
            qrText: "LPA:\(plain)", handle: FakeCode(plain))
    }

    /// The plans that can be found.
    public func discover(at servers: [String]) async throws -> Discovery {
        try await begin(.discover)
        let found = state.withLock { $0.plans.filter(\.isDiscoverable) }
        return Discovery(plans: found.map { WaitingPlan(server: "fake", foundAt: servers.first ?? "fake", handle: $0) })
    }

    /// Offers the plan that the source names.
    public func authenticate(_ source: ProfileSource) async throws -> Offer {
        try await begin(.authenticate)
        if openOffer != nil { throw LPAError.offerOpen }
        let token: MatchingID? =
            switch source {
            case .code(let code): code.matchingID
            case .defaultServer: nil
            case .event(let plan): (plan.handle as? FakePlan)?.matchingID
            }
        guard let plan = state.withLock({ $0.plans.first { $0.matchingID == token } }) else {
            throw LPAError.codeUnknown
        }
        return offer(of: plan)
    }

    /// The offer that is open.
    public var openOffer: Offer? { newest.withLock { $0.offer }.flatMap { $0.isOpen ? $0 : nil } }

    /// An installation by its id.
    public func installTask(_ id: InstallTask.ID) -> InstallTask? { installTasks.first { $0.id == id } }

    /// The installations, oldest first.
    public var installTasks: [InstallTask] { state.withLock { $0.installations }.map { InstallTask($0) } }

    func offer(of plan: FakePlan) -> Offer {
        let source = FakeOffer(plan, on: self)
        let offer = Offer(profile: plan.profile, needs: plan.needs, server: "fake", source: source)
        newest.withLock { $0 = NewestOffer(offer: offer, source: source) }
        return offer
    }

    func install(_ plan: FakePlan, codeIsRight: Bool) -> InstallTask {
        note(.accept)
        let installation = state.withLock { state in
            let number = UInt64(state.installations.count + 1)
            let installation = FakeInstallation(number, plan, codeIsRight: codeIsRight, on: self)
            state.installations.append(installation)
            return installation
        }
        installation.start()
        return InstallTask(installation)
    }

    func hasInstalled(_ done: InstalledProfile) {
        let offered = done.profile
        state.withLock { state in
            guard !state.profiles.contains(where: { $0.iccid == done.iccid }) else { return }
            state.plans.removeAll { $0.profile.iccid == done.iccid }
            state.profiles.append(
                Profile(
                    iccid: done.iccid, serviceProviderName: offered.serviceProviderName,
                    profileName: offered.profileName, profileClass: offered.profileClass, rules: offered.rules,
                    icon: offered.icon, isdpAID: done.isdpAID, owner: offered.owner))
            guard done.report == .queued else { return }
            let number = (state.reports.map(\.seqNumber).max() ?? 0) + 1
            let report = PendingReport(seqNumber: number, events: [.install], address: "fake", iccid: done.iccid)
            state.reports.append(report)
        }
    }
}

// What is told of it.
extension FakeLPA {
    /// The reports.
    public func notifications() async throws -> [PendingReport] {
        try await begin(.notifications)
        return reportsOnCard
    }

    /// Delivers all reports.
    @discardableResult
    public func sendNotifications() async throws -> SendReport {
        try await begin(.notifications)
        return state.withLock { state in
            defer { state.reports = [] }
            return SendReport(delivered: state.reports.map(\.seqNumber))
        }
    }

    /// Delivers all reports.
    public func deliverSoon() throws(LPAError) {
        try open()
        reportsOnCard = []
    }

    /// Removes a report.
    public func removeNotification(_ seqNumber: UInt32) async throws {
        try await begin(.notifications)
        reportsOnCard.removeAll { $0.seqNumber == seqNumber }
    }
}
