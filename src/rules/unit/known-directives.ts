/**
 * Every directive that systemd knows in these sections, up to release 258 (its own table, load-fragment-gperf, and
 * `systemd --dump-configuration-items`; names that it only accepts for compatibility included). What is not here, systemd logs
 * as unknown and ignores.
 */
const DIRECTIVES: Record<string, string> = {
  Unit:
    'After AllowIsolate AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure AssertCPUs ' +
    'AssertCapability AssertControlGroupController AssertCredential AssertDirectoryNotEmpty AssertEnvironment ' +
    'AssertFileIsExecutable AssertFileNotEmpty AssertFirstBoot AssertFraction AssertGroup AssertHost ' +
    'AssertIOPressure AssertKernelCommandLine AssertKernelModuleLoaded AssertKernelVersion AssertMemory ' +
    'AssertMemoryPressure AssertNeedsUpdate AssertOSRelease AssertPathExists AssertPathExistsGlob ' +
    'AssertPathIsDirectory AssertPathIsEncrypted AssertPathIsMountPoint AssertPathIsReadWrite ' +
    'AssertPathIsSymbolicLink AssertSecurity AssertUser AssertVersion AssertVirtualization Before BindTo BindsTo ' +
    'CollectMode ConditionACPower ConditionArchitecture ConditionCPUFeature ConditionCPUPressure ConditionCPUs ' +
    'ConditionCapability ConditionControlGroupController ConditionCredential ConditionDirectoryNotEmpty ' +
    'ConditionEnvironment ConditionFileIsExecutable ConditionFileNotEmpty ConditionFirmware ConditionFirstBoot ' +
    'ConditionFraction ConditionGroup ConditionHost ConditionIOPressure ConditionKernelCommandLine ' +
    'ConditionKernelModuleLoaded ConditionKernelVersion ConditionMemory ConditionMemoryPressure ' +
    'ConditionNeedsUpdate ConditionOSRelease ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory ' +
    'ConditionPathIsEncrypted ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsSymbolicLink ' +
    'ConditionSecurity ConditionUser ConditionVersion ConditionVirtualization Conflicts DefaultDependencies ' +
    'Description Documentation FailureAction FailureActionExitStatus IgnoreOnIsolate IgnoreOnSnapshot ' +
    'JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument JobTimeoutSec JoinsNamespaceOf OnFailure ' +
    'OnFailureIsolate OnFailureJobMode OnSuccess OnSuccessJobMode PartOf PropagateReloadFrom PropagateReloadTo ' +
    'PropagatesReloadTo PropagatesStopTo RebootArgument RefuseManualStart RefuseManualStop ReloadPropagatedFrom ' +
    'Requires RequiresMountsFor RequiresOverridable Requisite RequisiteOverridable SourcePath StartLimitAction ' +
    'StartLimitBurst StartLimitInterval StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded SuccessAction ' +
    'SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor',
  Service:
    'AllowedCPUs AllowedMemoryNodes AmbientCapabilities AppArmorProfile BPFDelegateAttachments BPFDelegateCommands ' +
    'BPFDelegateMaps BPFDelegatePrograms BPFProgram BindLogSockets BindPaths BindReadOnlyPaths BlockIOAccounting ' +
    'BlockIODeviceWeight BlockIOReadBandwidth BlockIOWeight BlockIOWriteBandwidth BusName BusPolicy CPUAccounting ' +
    'CPUAffinity CPUQuota CPUQuotaPeriodSec CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork ' +
    'CPUShares CPUWeight CacheDirectory CacheDirectoryAccounting CacheDirectoryMode CacheDirectoryQuota ' +
    'Capabilities CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter ' +
    'CoredumpReceive DefaultMemoryLow DefaultMemoryMin DefaultStartupMemoryLow Delegate DelegateNamespaces ' +
    'DelegateSubgroup DeviceAllow DevicePolicy DisableControllers DynamicUser Environment EnvironmentFile ' +
    'ExecCondition ExecPaths ExecReload ExecSearchPath ExecStart ExecStartPost ExecStartPre ExecStop ExecStopPost ' +
    'ExitType ExtensionDirectories ExtensionImagePolicy ExtensionImages FailureAction FileDescriptorStoreMax ' +
    'FileDescriptorStorePreserve FinalKillSignal Group GuessMainPID IOAccounting IODeviceLatencyTargetSec ' +
    'IODeviceWeight IOReadBandwidthMax IOReadIOPSMax IOSchedulingClass IOSchedulingPriority IOWeight ' +
    'IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow IPAddressDeny IPCNamespacePath ' +
    'IPEgressFilterPath IPIngressFilterPath IgnoreSIGPIPE ImportCredential InaccessibleDirectories ' +
    'InaccessiblePaths KeyringMode KillMode KillSignal LandlockConfig LimitAS LimitCORE LimitCPU LimitDATA ' +
    'LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO ' +
    'LimitRTTIME LimitSIGPENDING LimitSTACK LoadCredential LoadCredentialEncrypted LockPersonality LogExtraFields ' +
    'LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory ' +
    'LogsDirectoryAccounting LogsDirectoryMode LogsDirectoryQuota ManagedOOMMemoryPressure ' +
    'ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMPreference ManagedOOMSwap ' +
    'MemoryAccounting MemoryDenyWriteExecute MemoryHigh MemoryKSM MemoryLimit MemoryLow MemoryMax MemoryMin ' +
    'MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax MemoryZSwapMax MemoryZSwapWriteback MountAPIVFS ' +
    'MountFlags MountImagePolicy MountImages NFTSet NUMAMask NUMAPolicy NetClass NetworkNamespacePath Nice ' +
    'NoExecPaths NoNewPrivileges NonBlocking NotifyAccess OOMPolicy OOMScoreAdjust OpenFile PAMName PIDFile ' +
    'PassEnvironment PermissionsStartOnly Personality PrivateBPF PrivateDevices PrivateIPC PrivateMounts ' +
    'PrivateNetwork PrivatePIDs PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome ' +
    'ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem ' +
    'ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories ReadWritePaths RebootArgument ReloadSignal ' +
    'RemainAfterExit RemoveIPC Restart RestartForceExitStatus RestartKillSignal RestartMaxDelaySec RestartMode ' +
    'RestartPreventExitStatus RestartSec RestartSteps RestrictAddressFamilies RestrictFileSystems ' +
    'RestrictNamespaces RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID RootDirectory ' +
    'RootDirectoryStartOnly RootEphemeral RootHash RootHashSignature RootImage RootImageOptions RootImagePolicy ' +
    'RootVerity RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve RuntimeMaxSec ' +
    'RuntimeRandomizedExtraSec SELinuxContext SecureBits SendSIGHUP SendSIGKILL SetCredential ' +
    'SetCredentialEncrypted SetLoginEnvironment Slice SmackProcessLabel SocketBindAllow SocketBindDeny Sockets ' +
    'StandardError StandardInput StandardInputData StandardInputText StandardOutput StartLimitAction ' +
    'StartLimitBurst StartLimitInterval StartupAllowedCPUs StartupAllowedMemoryNodes StartupBlockIOWeight ' +
    'StartupCPUShares StartupCPUWeight StartupIOWeight StartupMemoryHigh StartupMemoryLow StartupMemoryMax ' +
    'StartupMemorySwapMax StartupMemoryZSwapMax StateDirectory StateDirectoryAccounting StateDirectoryMode ' +
    'StateDirectoryQuota SuccessExitStatus SupplementaryGroups SysVStartPriority SyslogFacility SyslogIdentifier ' +
    'SyslogLevel SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog ' +
    'TTYColumns TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate TasksAccounting TasksMax TemporaryFileSystem ' +
    'TimeoutAbortSec TimeoutCleanSec TimeoutSec TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode ' +
    'TimeoutStopSec TimerSlackNSec Type UMask USBFunctionDescriptors USBFunctionStrings UnsetEnvironment User ' +
    'UtmpIdentifier UtmpMode WatchdogSec WatchdogSignal WorkingDirectory',
  Install: 'Alias Also DefaultInstance RequiredBy UpheldBy WantedBy',
}

const SECTIONS = new Map(Object.entries(DIRECTIVES).map(([section, names]) => [section, new Set(names.split(' '))]))

/** Whether systemd knows `key` in `section`; null for sections whose directives are not listed here. */
export function isKnown(section: string, key: string): boolean | null {
  const names = SECTIONS.get(section)
  return names ? names.has(key) : null
}

/** The section in which systemd does know `key`; null where in none of those listed. */
export function sectionOf(key: string): string | null {
  for (const [section, names] of SECTIONS) if (names.has(key)) return section
  return null
}

/** The known directive of a section that is spelt nearly like `key` (one letter more, less or other, or another case). */
export function nearName(section: string, key: string): string | null {
  const lower = key.toLowerCase()
  for (const name of SECTIONS.get(section) ?? []) if (isNear(lower, name.toLowerCase())) return name
  return null
}

function isNear(a: string, b: string): boolean {
  if (a === b) return true
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (long.length - short.length > 1) return false
  let at = 0
  while (at < short.length && short[at] === long[at]) at++
  return short.slice(long.length === short.length ? at + 1 : at) === long.slice(at + 1)
}
