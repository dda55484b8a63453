using System.Reflection;

namespace Platform.IntegrationTests.Crashes;

/// <summary>Every step that a service names, read from the constants in its built assembly, so that a new one without a case fails.</summary>
internal static class CrashSteps
{
    public static IReadOnlyList<string> All { get; } = [.. Of("Platform.Wallet"), .. Of("Platform.Metering"), .. Of("Platform.Routing")];

    /// <summary>Without those right before a commit, where a process's death is what the database undoes whatever the step: each costs a start of its service.</summary>
    public static IReadOnlyList<string> Short { get; } = [.. All.Where(step => !step.EndsWith(".before_commit", StringComparison.Ordinal))];

    private static IEnumerable<string> Of(string service) =>
        Assembly.LoadFrom(Checkout.BuiltAssembly(service, service)).GetType(service + ".CrashPoints", throwOnError: true)!
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!);
}
