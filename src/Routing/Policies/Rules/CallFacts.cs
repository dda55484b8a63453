using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Policies.Rules;

/// <summary>What right-sizing rules look at.</summary>
/// <param name="Shape">What the call's route speaks.</param>
/// <param name="Lane">That the caller asks for, or else the model's.</param>
/// <param name="EstimatedInputTokens">By <see cref="EstimateTokens"/>.</param>
/// <param name="Wallet">As far as this replica knows; unspecified meets no condition on it.</param>
internal readonly record struct CallFacts(RouteModel Model, ShapeKinds Shape, string Lane, string Workload, string TeamId, long EstimatedInputTokens, WalletStatus Wallet)
{
    private const int BytesPerToken = 4;

    /// <summary>A token for four bytes of the body, rounded up: near enough to tell a small request from a large one, and never what money is set aside by.</summary>
    public static long EstimateTokens(long bodyBytes) => (bodyBytes + BytesPerToken - 1) / BytesPerToken;
}
