using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>Why a receiver's certificate is not taken, in the words that the runtime has for it, and what to do where that is not to be seen from them.</summary>
internal static class TlsFailure
{
    /// <summary>Null when nothing is wrong with it.</summary>
    public static string? Of(SslPolicyErrors errors, X509Chain? chain) => errors switch
    {
        SslPolicyErrors.None => null,
        SslPolicyErrors.RemoteCertificateChainErrors when chain is not null =>
            Told($"The remote certificate is invalid because of errors in the certificate chain: {string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct())}"),
        _ => Told($"The remote certificate is invalid according to the validation procedure: {errors}"),
    };

    public static string Told(string why)
    {
        why = why.TrimEnd('.');
        return why.Contains(nameof(X509ChainStatusFlags.UntrustedRoot), StringComparison.Ordinal) || why.Contains(nameof(X509ChainStatusFlags.PartialChain), StringComparison.Ordinal)
            ? $"{why}. An authority of your own has to be among those that Metering's machine trusts: docs/operations.md, Alerts."
            : $"{why}.";
    }
}
