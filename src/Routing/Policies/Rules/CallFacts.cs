using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Policies.Rules;

/// <summary>What right-sizing rules look at.</summary>
/// <param name="Shape">What the call's route speaks.</param>
/// <param name="Lane">That the caller asks for, or else the model's.</param>
/// <param name="EstimatedInputTokens">By <see cref="Choosing.CallEstimate.SizingTokens"/>.</param>
/// <param name="Wallet">As far as this replica knows; unspecified meets no condition on it.</param>
internal readonly record struct CallFacts(RouteModel Model, ShapeKinds Shape, string Lane, string Workload, string TeamId, long EstimatedInputTokens, WalletStatus Wallet);
