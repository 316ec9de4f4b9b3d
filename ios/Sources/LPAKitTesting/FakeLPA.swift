import LPAKitAPI
