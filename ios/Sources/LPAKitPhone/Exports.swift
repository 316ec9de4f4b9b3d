@_exported import LPAKit
