using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>Signatures and secrets of Standard Webhooks 1.0 (symmetric, v1). Pure.</summary>
internal static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";

    private const int SecretBytes = 32;

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretBytes);

    /// <summary>As its receiver gets it, once.</summary>
    public static string ToText(byte[] secret) => SecretPrefix + Convert.ToBase64String(secret);

    /// <summary>The id of an alert's messages: the same at every attempt, and without a full stop, which separates what is signed.</summary>
    public static string MessageId(Guid alertId) => $"msg_{alertId:N}";

    /// <summary>The value of webhook-signature: one signature a secret.</summary>
    /// <param name="unixSeconds">Of this attempt, as webhook-timestamp says it.</param>
    public static string Sign(IEnumerable<byte[]> secrets, string messageId, long unixSeconds, ReadOnlySpan<byte> body)
    {
        var head = Encoding.ASCII.GetBytes($"{messageId}.{unixSeconds.ToString(CultureInfo.InvariantCulture)}.");
        byte[] signed = [.. head, .. body];
        return string.Join(' ', secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret, signed))}"));
    }
}
