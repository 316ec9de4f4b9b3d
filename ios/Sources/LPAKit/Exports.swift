@_exported import LPAKitAPI
