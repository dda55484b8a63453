using System.Reflection;
using Platform.IntegrationTests.Leases;

namespace Platform.IntegrationTests.Crashes;

/// <summary>Every step that a service names, read from the constants in its built assembly, so that a new one without a case fails.</summary>
internal static class CrashSteps
{
    public static IReadOnlyList<string> All { get; } = [.. Of("Platform.Wallet"), .. Of("Platform.Metering"), .. Of("Platform.Routing")];

    /// <summary>
    /// Of those right before a commit, where the database undoes what a dead process began, a hold's, a posting's and an intake's alone, and none that <see cref="GatewayCrashTests"/> has a gateway
    /// die at: each costs a start of its service.
    /// </summary>
    public static IReadOnlyList<string> Short { get; } =
    [
        .. All.Except(GatewayCrashTests.Steps).Where(step => !step.EndsWith(".before_commit", StringComparison.Ordinal)
            || step is "wallet.hold.before_commit" or "wallet.post.before_commit" or "metering.intake.before_commit"),
    ];

    private static IEnumerable<string> Of(string service) =>
        Assembly.LoadFrom(Checkout.BuiltAssembly(service, service)).GetType(service + ".CrashPoints", throwOnError: true)!
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!);
}
