namespace Platform.Contracts;

/// <summary>
/// The stable reasons that errors carry in google.rpc.ErrorInfo (gRPC) and in problem+json's <c>reason</c> (REST). docs/errors.md says what callers
/// and operators do for each.
/// </summary>
public static class Reasons
{
    /// <summary>ErrorInfo.domain of all of them.</summary>
    public const string Domain = "platform.keeptrusts";

    public const string InvalidArgument = "INVALID_ARGUMENT";
    public const string AmountInvalid = "AMOUNT_INVALID";
    public const string CurrencyMismatch = "CURRENCY_MISMATCH";
    public const string TeamNotFound = "TEAM_NOT_FOUND";
    public const string TeamExists = "TEAM_EXISTS";
    public const string TeamFrozen = "TEAM_FROZEN";
    public const string UserNotFound = "USER_NOT_FOUND";
    public const string UserExists = "USER_EXISTS";
    public const string UserDisabled = "USER_DISABLED";
    public const string ApplicationNotFound = "APPLICATION_NOT_FOUND";
    public const string ApplicationExists = "APPLICATION_EXISTS";
    public const string KeyNotFound = "KEY_NOT_FOUND";
    public const string KeyEnded = "KEY_ENDED";
    public const string KeyFrozen = "KEY_FROZEN";
    public const string KeyReplaced = "KEY_REPLACED";
    public const string LastOwner = "LAST_OWNER";
    public const string WalletNotFound = "WALLET_NOT_FOUND";
    public const string WalletExists = "WALLET_EXISTS";
    public const string TransferNotFound = "TRANSFER_NOT_FOUND";
    public const string TransferCorrected = "TRANSFER_CORRECTED";
    public const string TransferNotCorrectable = "TRANSFER_NOT_CORRECTABLE";
    public const string AllocationNotFound = "ALLOCATION_NOT_FOUND";
    public const string AllocationDone = "ALLOCATION_DONE";
    public const string InsufficientFunds = "INSUFFICIENT_FUNDS";
    public const string MessageNotFound = "MESSAGE_NOT_FOUND";
    public const string AlertNotFound = "ALERT_NOT_FOUND";
    public const string ChannelNotFound = "CHANNEL_NOT_FOUND";
    public const string ChannelExists = "CHANNEL_EXISTS";
    public const string ChannelDisabled = "CHANNEL_DISABLED";
    public const string DeliveryNotFound = "DELIVERY_NOT_FOUND";
    public const string ImportNotFound = "IMPORT_NOT_FOUND";
    public const string ImportEnded = "IMPORT_ENDED";
    public const string ImportTooOld = "IMPORT_TOO_OLD";
    public const string ImportRuleNotFound = "IMPORT_RULE_NOT_FOUND";
    public const string HoldNotFound = "HOLD_NOT_FOUND";
    public const string HoldEnded = "HOLD_ENDED";
    public const string HoldQueueFull = "HOLD_QUEUE_FULL";
    public const string LeaseNotFound = "LEASE_NOT_FOUND";
    public const string LeaseEnded = "LEASE_ENDED";
    public const string LeaseTotalsInvalid = "LEASE_TOTALS_INVALID";
    public const string AttemptExists = "ATTEMPT_EXISTS";
    public const string AttemptNotFound = "ATTEMPT_NOT_FOUND";
    public const string AttemptEnded = "ATTEMPT_ENDED";
    public const string AttemptsSpent = "ATTEMPTS_SPENT";
    public const string LaneClosed = "LANE_CLOSED";
    public const string RetryBudgetSpent = "RETRY_BUDGET_SPENT";
    public const string TooManyDecided = "TOO_MANY_DECIDED";
    public const string WalletFrozen = "WALLET_FROZEN";

    /// <summary>Of denied demand only: the call was let through, because its wallet only observes.</summary>
    public const string ObservedInsufficientFunds = "OBSERVED_INSUFFICIENT_FUNDS";
    public const string CapReached = "CAP_REACHED";

    /// <summary>As <see cref="ObservedInsufficientFunds"/>.</summary>
    public const string ObservedCapReached = "OBSERVED_CAP_REACHED";

    /// <summary>Of denied demand only: a rate limit of the gateway refused the call.</summary>
    public const string RateLimit = "RATE_LIMIT";
    public const string CapExists = "CAP_EXISTS";
    public const string CapNotFound = "CAP_NOT_FOUND";
    public const string IdempotencyConflict = "IDEMPOTENCY_CONFLICT";
    public const string PageTokenInvalid = "PAGE_TOKEN_INVALID";
    public const string BatchTooLarge = "BATCH_TOO_LARGE";
    public const string IntakeBusy = "INTAKE_BUSY";
    public const string StreamsBusy = "STREAMS_BUSY";
    public const string QuestionsBusy = "QUESTIONS_BUSY";
    public const string CronInvalid = "CRON_INVALID";
    public const string WindowInvalid = "WINDOW_INVALID";
    public const string FormatUnsupported = "FORMAT_UNSUPPORTED";
    public const string BucketInvalid = "BUCKET_INVALID";
    public const string JobExists = "JOB_EXISTS";
    public const string FolderTaken = "FOLDER_TAKEN";
    public const string PreviewsBusy = "PREVIEWS_BUSY";
    public const string JobNotFound = "JOB_NOT_FOUND";
    public const string RunNotFound = "RUN_NOT_FOUND";
    public const string RunNotCompleted = "RUN_NOT_COMPLETED";
    public const string RunRefused = "RUN_REFUSED";
    public const string StoreNotSetUp = "STORE_NOT_SET_UP";
    public const string ArtefactCorrupt = "ARTEFACT_CORRUPT";
    public const string TokenMissing = "TOKEN_MISSING";
    public const string TokenInvalid = "TOKEN_INVALID";
    public const string RoleMissing = "ROLE_MISSING";
    public const string DirectoryUnavailable = "DIRECTORY_UNAVAILABLE";
    public const string DependencyUnavailable = "DEPENDENCY_UNAVAILABLE";
    public const string PeriodNotEnded = "PERIOD_NOT_ENDED";
    public const string PeriodZoneDiffers = "PERIOD_ZONE_DIFFERS";
    public const string RuleNotFound = "RULE_NOT_FOUND";
    public const string UsageNotFound = "USAGE_NOT_FOUND";
    public const string UsageNotKept = "USAGE_NOT_KEPT";

    /// <summary>A fact of <see cref="UsageNotKept"/> (<see cref="RpcErrors.FactOf"/>), where a span was asked for: from when on all of it is kept, ISO 8601 in UTC.</summary>
    public const string KeptFromFact = "kept_from";

    public const string ModelNotAllowed = "MODEL_NOT_ALLOWED";
    public const string LaneNotAllowed = "LANE_NOT_ALLOWED";
    public const string ModelNotFound = "MODEL_NOT_FOUND";
    public const string BudgetNotFound = "BUDGET_NOT_FOUND";
    public const string ControlNotFound = "CONTROL_NOT_FOUND";
    public const string PlanItemNotFound = "PLAN_ITEM_NOT_FOUND";
    public const string ScenarioNotFound = "SCENARIO_NOT_FOUND";
    public const string CalendarNotFound = "CALENDAR_NOT_FOUND";
    public const string ForecastVersionNotFound = "FORECAST_VERSION_NOT_FOUND";
    public const string HistoryTooShort = "HISTORY_TOO_SHORT";
    public const string BudgetExists = "BUDGET_EXISTS";
    public const string PriceInThePast = "PRICE_IN_THE_PAST";
    public const string PriceExists = "PRICE_EXISTS";

    /// <summary>A sum leaves the 64 bits that figures are kept in.</summary>
    public const string FigureOutOfRange = "FIGURE_OUT_OF_RANGE";

    /// <summary>An answer would have more rows than one may.</summary>
    public const string TooManyRows = "TOO_MANY_ROWS";
    public const string ModelUnpriced = "MODEL_UNPRICED";
    public const string ContentUnbounded = "CONTENT_UNBOUNDED";
    public const string JournalUnwritable = "JOURNAL_UNWRITABLE";
    public const string PolicyNotFound = "POLICY_NOT_FOUND";
    public const string PolicyChanged = "POLICY_CHANGED";
    public const string ProviderNotFound = "PROVIDER_NOT_FOUND";
    public const string ShapeUnsupported = "SHAPE_UNSUPPORTED";
    public const string ProviderUnavailable = "PROVIDER_UNAVAILABLE";
}
