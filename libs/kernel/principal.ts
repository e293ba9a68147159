/** Who is calling: the tenant and key that a verified API key stands for. */
export interface Principal {
  tenantId: string;
  keyId: string;
  role: 'tenant' | 'admin';
  /** Fair-share weight of the tenant's plan; 1 unless the plan says otherwise. */
  weight: number;
}
