using System.Reflection;

namespace Platform.IntegrationTests.Crashes;

/// <summary>Every step that a service names, read from its own constants, so that a new one without a case fails.</summary>
internal static class CrashSteps
{
    public static IReadOnlyList<string> All { get; } =
    [
        .. new[] { typeof(Platform.Wallet.CrashPoints), typeof(Platform.Routing.CrashPoints) }
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!),
    ];
}
